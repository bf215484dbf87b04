//go:build race

package report

// bigRows is fewer, as the race detector makes every row ten times as slow.
const bigRows = 200_000
