package diagram

// figure is figure 5 of RFC 9293 (3.3.2) as a program with sockets meets it:
// the user's calls carry the names of system calls, and the steps to and from
// the transmission control block are left out, as is send() on a listener: it
// opens no connection on Linux, which answers EPIPE. Each arrow says what happens
// and, after the slash, what is sent. Each state has a space on both sides,
// for its marks.
const figure = `
  event / what is sent             CLOSED ───── connect() / SYN ────╮
  [ ] now                  listen() │  ▲                            │
   *  been there                    │  ├─────── close() ───────╮    │
                                    ▼  │                       │    ▼
       ╭────── SYN / SYN-ACK ───── LISTEN                     SYN-SENT
       │                              ▲                        │    │
       ▼    ╭────────── RST ──────────╯                        │    │
    SYN-RECEIVED ◀─────────────── SYN / SYN-ACK ───────────────╯    │
         │   ╰────── ACK ──────▶ ESTABLISHED ◀──── SYN-ACK / ACK ───╯
         ├─────────────────────────╯     ╰────────────────────────╮
         │ close() / FIN                               FIN / ACK  │
         ▼                                                        ▼
     FIN-WAIT-1 ────── FIN / ACK ─────╮                      CLOSE-WAIT
         │ ACK                        │            close() / FIN  │
         ▼                            ▼                           ▼
     FIN-WAIT-2                    CLOSING                    LAST-ACK
         │ FIN / ACK                  │ ACK                  ACK  │
         │                            ▼                           ▼
         ╰──────────────────────▶ TIME-WAIT ── after 2 MSL ──▶ CLOSED
`

// wall is the same where there is little room, with the arrows of a connection
// that is opened and closed in the usual ways.
const wall = `
      listen() ╭────── CLOSED ──────╮ connect() / SYN
               ▼                    ▼
             LISTEN              SYN-SENT
 SYN / SYN-ACK │                    │ SYN-ACK / ACK
               ▼                    ▼
          SYN-RECEIVED ── ACK ▶ ESTABLISHED
                      close() / FIN │ │ FIN / ACK
               ╭────────────────────╯ ╰────╮
               ▼                           ▼
           FIN-WAIT-1 ── FIN / ACK ─╮  CLOSE-WAIT
           ACK │                    ▼      │ close() / FIN
               ▼                 CLOSING   ▼
           FIN-WAIT-2           ACK │   LAST-ACK
     FIN / ACK │                    ▼         │ ACK
               ╰──────────────▶ TIME-WAIT ─▶ CLOSED
`
