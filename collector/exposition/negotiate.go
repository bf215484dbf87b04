package exposition

import (
	"net/http"
	"strconv"
	"strings"
)

// negotiateCoding returns the content coding for a request with this header, as
// promhttp does: of the codings that the client gives the greatest weight, by name
// or as *, the first of identity, gzip and zstd; identity where it names none of
// them or refuses all.
func negotiateCoding(h http.Header) coding {
	best, bestWeight := codingIdentity, 0.0
	for _, offer := range [...]coding{codingIdentity, codingGzip, codingZstd} {
		for _, line := range h["Accept-Encoding"] {
			for element := range strings.SplitSeq(line, ",") {
				name, weight := parseElement(element)
				if weight > bestWeight && (name == "*" || name == string(offer)) {
					best, bestWeight = offer, weight
				}
			}
		}
	}
	return best
}

// parseElement reads a name and, after ;q=, its weight, which is 1 by default and
// 0 if it cannot be read.
func parseElement(s string) (name string, weight float64) {
	name, parameter, weighted := strings.Cut(s, ";")
	weight = 1
	if weighted {
		q, _ := strings.CutPrefix(strings.TrimSpace(parameter), "q=")
		weight, _ = strconv.ParseFloat(q, 64)
	}
	return strings.TrimSpace(name), weight
}
