package exposition

import (
	"net/http"
	"strings"
)

// negotiateCoding returns the content coding for a request with this header, by
// the rules of promhttp: of the codings that the client gives the greatest
// weight, by name or as *, the first of identity, gzip and zstd; identity where
// it names none of them or refuses all.
func negotiateCoding(h http.Header) coding {
	accepted := parseAcceptEncoding(h["Accept-Encoding"])
	best, bestWeight := codingIdentity, 0.0
	for _, offer := range [...]coding{codingIdentity, codingGzip, codingZstd} {
		for _, a := range accepted {
			if a.weight > bestWeight && (a.name == "*" || a.name == string(offer)) {
				best, bestWeight = offer, a.weight
			}
		}
	}
	return best
}

// weighted is one element of an Accept-Encoding header.
type weighted struct {
	name   string
	weight float64
}

// parseAcceptEncoding reads the elements of all lines. At a syntax error it
// goes on with the next line.
func parseAcceptEncoding(lines []string) []weighted {
	var all []weighted
	for _, rest := range lines {
		for more := true; more; {
			var w weighted
			var ok bool
			if w, rest, ok = parseWeighted(rest); !ok {
				break
			}
			all = append(all, w)
			rest, more = strings.CutPrefix(skipSpace(rest), ",")
			rest = skipSpace(rest)
		}
	}
	return all
}

// parseWeighted reads a name and, if there is one, its weight.
func parseWeighted(s string) (w weighted, rest string, ok bool) {
	end := strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"(),:;<=>?@[]\\{}", r)
	})
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return w, s, false
	}
	w = weighted{name: s[:end], weight: 1}
	rest, hasWeight := strings.CutPrefix(skipSpace(s[end:]), ";")
	if !hasWeight {
		return w, rest, true
	}
	if rest, ok = strings.CutPrefix(skipSpace(rest), "q="); !ok {
		return w, rest, false
	}
	w.weight, rest, ok = parseWeight(rest)
	return w, rest, ok
}

// parseWeight reads a 0 or 1 and, if there are some, decimals.
func parseWeight(s string) (weight float64, rest string, ok bool) {
	if s == "" || s[0] != '0' && s[0] != '1' {
		return 0, s, false
	}
	weight = float64(s[0] - '0')
	s, hasDecimals := strings.CutPrefix(s[1:], ".")
	for digit := 0.1; hasDecimals && s != "" && '0' <= s[0] && s[0] <= '9'; digit /= 10 {
		weight += digit * float64(s[0]-'0')
		s = s[1:]
	}
	return weight, s, true
}

func skipSpace(s string) string { return strings.TrimLeft(s, " \t\r\n") }
