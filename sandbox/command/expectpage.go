package command

// expectPage is what docs/commands.md says about expect.
const expectPage = `| expectation | is so if |
|---|---|
| return, errno, data | the call that returned last returned that |
| state | the socket is in that state |
| states | these are all the states that it has been in, in order |
| packets | just these were sent since the last expect packets, in order |
| flight | just these wait on the wire now, in order; without a KIND: none does |
| blocked | the process waits in a call |
| call | such a call has returned; without a result: it has not failed |
| line | a line that begins with these words was done; a call that is refused is done too |
| not | the expectation behind it is not so; not packets leaves the packets to the next expect packets |

PROCESS:any, in state and states, is each socket that the process has or has had, also where
its number names another one by now: one of them has to be so.

A call is one that a process of yours has made; after PROCESS: it is that process's, which may
be a peer. One that is still blocked has not returned. WORDs are some of its arguments, in
their order, as they may be typed: *:8080, on and 64k mean what they mean in the call itself,
flags come in any order, and a number may be the descriptor. Data that was given to a call is
compared by its first 48 bytes and its length. RESULT is the number that the call returned, an
errno, or all that read, recv or recvfrom received; of getsockopt it is the option's value.

    expect call bind 127.0.0.1:8080
    expect call setsockopt SO_REUSEADDR 1
    client: expect call connect = ECONNREFUSED
    expect call write "hello"
    server: expect call read = "hello"
    expect call getsockopt SO_ERROR = 0

The words of a line are those of its command, whatever process it was for, as they were typed
or as they were meant: inspect . may be inspect client:3. Lines that only look count too.

call and line look back to where the session began, or was reset. What undo or step back has
taken back does not count until it is done again; that a line has looked is not taken back.`
