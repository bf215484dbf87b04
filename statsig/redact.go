package statsig

import (
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// quotableKey is the length in bytes from which on a key is looked for in
// reports and addresses: shorter ones would be found by accident.
const quotableKey = 8

var (
	// keyLike matches what looks like any key of Statsig's, this project's or another's.
	keyLike = regexp.MustCompile(`(?i)(?:console|secret)-[\w~.+/=%\\-]+`)
	address = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s"'<>]+`)
	escape  = regexp.MustCompile(`(?i)%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\["'/\\]`)
)

// redactor removes one key, everything that looks like a key, and everything
// of an address but its origin. It is safe for concurrent use.
type redactor struct {
	key   string
	forms *strings.Replacer
	// longest is the length in bytes of the longest form of the key.
	longest int
}

func newRedactor(key Secret) *redactor {
	r := &redactor{key: key.Reveal()}
	var pairs []string
	for _, form := range keyForms(r.key) {
		pairs = append(pairs, form, hidden)
		r.longest = max(r.longest, len(form))
	}
	r.forms = strings.NewReplacer(pairs...)
	return r
}

// keyForms returns the ways in which a server may write a key, longest first.
func keyForms(key string) []string {
	if key == "" {
		return nil
	}
	quoted, _ := json.Marshal(key) // A string always marshals.
	return []string{
		string(quoted[1 : len(quoted)-1]), html.EscapeString(key),
		url.QueryEscape(key), url.PathEscape(key), key,
	}
}

// text returns s in one line, without secrets and without more of an address
// than its origin. It does not cut.
func (r *redactor) text(s string) string {
	s = address.ReplaceAllStringFunc(oneLine(s), originText)
	s = keyLike.ReplaceAllString(r.forms.Replace(s), hidden)
	if r.quotedIn(unescaped(s)) || keyLike.MatchString(unescaped(s)) {
		return "(text withheld: it quotes a key)"
	}
	return r.withoutParts(s)
}

// withoutParts hides every run of at least quotableKey bytes that s and the key
// have in common: half a key is a secret too.
func (r *redactor) withoutParts(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		n := r.commonAt(s[i:])
		if n < quotableKey {
			out.WriteByte(s[i])
			i++
			continue
		}
		out.WriteString(hidden)
		i += n
	}
	return out.String()
}

// commonAt returns the length of the longest run of the key, past the prefix that
// all keys share, with which s begins.
func (r *redactor) commonAt(s string) int {
	own := strings.TrimPrefix(r.key, "console-")
	longest := 0
	for at := range len(own) {
		n := 0
		for n < len(s) && at+n < len(own) && s[n] == own[at+n] {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}

// quotedIn reports whether s holds the key as it is.
func (r *redactor) quotedIn(s string) bool {
	return len(r.key) >= quotableKey && strings.Contains(s, r.key)
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
		code, err := strconv.ParseUint(strings.TrimLeft(e, `%\ux`), 16, 32)
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
