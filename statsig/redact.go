package statsig

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	// keyLike matches what looks like any key of Statsig's.
	keyLike = regexp.MustCompile(`(?i)(?:console|secret)-[\w~.+/=%\\-]+`)
	address = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s"'<>]+`)
	escape  = regexp.MustCompile(`(?i)%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|\\x[0-9a-f]{2}|\\["'/\\]`)
)

const (
	withheld = "(text withheld)"
	// maxEncodings is how many times a text may be encoded: what is encoded more
	// often is not worth showing.
	maxEncodings = 2
)

// redact returns s in one line, with the key and all that looks like a key hidden,
// and without more of an address than its origin. A text that holds a secret
// even so, or a part of one, is withheld, however it is encoded. It does not cut.
func (p *Poll) redact(s string) string {
	s = address.ReplaceAllStringFunc(oneLine(s), originText)
	if key := p.key.Reveal(); len(key) >= shortSecret {
		s = strings.ReplaceAll(s, key, hidden)
	}
	s = keyLike.ReplaceAllString(s, hidden)
	if p.quotesSecret(s) {
		return withheld
	}
	return s
}

// quotesSecret reports whether s holds a secret, or is encoded too often to know.
func (p *Poll) quotesSecret(s string) bool {
	search := p.client.options.Secrets.current()
	for range maxEncodings + 1 {
		if search.in([]byte(s)) || keyLike.MatchString(s) {
			return true
		}
		decoded := unescaped(s)
		if decoded == s {
			return false
		}
		s = decoded
	}
	return true
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

// oneLine squeezes white space and control characters to single spaces and
// leaves out what is invisible, such as marks that reverse the direction.
func oneLine(s string) string {
	var out strings.Builder
	gap := false
	for _, c := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(c) || unicode.IsControl(c):
			gap = true
			continue
		case !unicode.IsPrint(c):
			continue
		case gap && out.Len() > 0:
			out.WriteByte(' ')
		}
		gap = false
		out.WriteRune(c)
	}
	return out.String()
}

// unescaped undoes percent, JSON and HTML escapes, in whatever mixture.
func unescaped(s string) string {
	s = escape.ReplaceAllStringFunc(s, func(e string) string {
		if len(e) == 2 {
			return e[1:]
		}
		code, err := strconv.ParseUint(strings.Trim(e, `%\uUxX{}`), 16, 32)
		if err != nil {
			return e
		}
		return string(rune(code))
	})
	return html.UnescapeString(s)
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
