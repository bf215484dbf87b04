package statsig

import (
	"regexp"
	"strings"
)

var (
	// keyLike matches what looks like any key of Statsig's.
	keyLike = regexp.MustCompile(`(?i)(?:console|secret)-[\w~.+/=%\\-]+`)
	address = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s"'<>]+`)
)

const withheld = "(text withheld)"

// redact returns s in one line and valid UTF-8, with the key and all that looks like a key hidden,
// and without more of an address than its origin. A text that holds a secret
// even so, or a part of one, is withheld, however it is encoded. It does not cut.
func (p *Poll) redact(s string) string {
	s = address.ReplaceAllStringFunc(strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " "), originText)
	if key := p.key.Reveal(); len(key) >= shortSecret {
		s = strings.ReplaceAll(s, key, hidden)
	}
	s = keyLike.ReplaceAllString(s, hidden)
	scanner := secretScanner{search: p.client.options.Secrets.current(), alike: true}
	if found, encoded := scanner.finds([]byte(s)); found || encoded {
		return withheld
	}
	return s
}

// originText shortens an address to scheme and host, without userinfo.
func originText(raw string) string {
	scheme, rest, _ := strings.Cut(raw, "://")
	if end := strings.IndexAny(rest, `/?#\`); end >= 0 {
		if strings.Contains(rest[end:], "@") {
			return scheme + "://…" // What comes first may be half a password.
		}
		rest = rest[:end]
	}
	return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
}

// cut returns at most n characters of s.
func cut(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + "…"
		}
		count++
	}
	return s
}
