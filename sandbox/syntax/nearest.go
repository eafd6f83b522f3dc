package syntax

import "strings"

// Nearest finds the name that s was probably meant to be, "" if none is near.
func Nearest(s string, names []string) string {
	best, bestDistance := "", 1+min(3, max(1, len(s)/3))
	for _, n := range names {
		if d := distance(strings.ToLower(s), strings.ToLower(n)); d < bestDistance {
			best, bestDistance = n, d
		}
	}
	return best
}

// distance is the number of letters to change, add, drop or swap (the optimal
// string alignment distance).
func distance(a, b string) int {
	if len(a) > 24 || len(b) > 24 {
		return 100
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
