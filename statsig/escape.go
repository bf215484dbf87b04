package statsig

import (
	"bytes"
	"html"
	"strconv"
)

const hexDigits = "0123456789abcdefABCDEF"

// unescape undoes one layer of the escapes of addresses, JSON and JavaScript, and of
// HTML's entities, in whatever mixture. It reports whether there was any. What it
// returns may be text itself.
func unescape(text []byte) ([]byte, bool) {
	if bytes.IndexByte(text, '%') < 0 && bytes.IndexByte(text, '\\') < 0 && bytes.IndexByte(text, '&') < 0 {
		return text, false // Most text is so, and a loop would be slow to see it.
	}
	var out []byte
	done := 0
	for i := 0; i < len(text); i++ {
		if b := text[i]; b != '%' && b != '\\' && b != '&' {
			continue
		}
		if char, size := escapeAt(text[i:]); size > 0 {
			out = append(append(out, text[done:i]...), char...)
			done = i + size
			i = done - 1
		}
	}
	if done == 0 {
		return text, false
	}
	return append(out, text[done:]...), true
}

// escapeAt returns the characters that the escape at the start of text stands for, and
// the length of the escape; 0 if there is none.
func escapeAt(text []byte) (chars string, size int) {
	prefix, digits, end := 2, 2, 0 // \x63
	switch {
	case text[0] == '&':
		return entityAt(text)
	case bytes.HasPrefix(text, []byte(`\u{`)), bytes.HasPrefix(text, []byte(`\x{`)):
		prefix, digits, end = 3, bytes.IndexByte(text[:min(len(text), 12)], '}')-3, 1
	case bytes.HasPrefix(text, []byte(`\u`)), bytes.HasPrefix(text, []byte(`%u`)):
		digits = 4
	case bytes.HasPrefix(text, []byte(`\U`)):
		digits = 8
	case text[0] == '%':
		prefix = 1
	case !bytes.HasPrefix(text, []byte(`\x`)):
		return "", 0
	}
	size = prefix + digits
	if digits <= 0 || len(text) < size || len(bytes.Trim(text[prefix:size], hexDigits)) > 0 {
		return "", 0
	}
	code, _ := strconv.ParseUint(string(text[prefix:size]), 16, 64) // They are few digits.
	return string(rune(code)), size + end
}

// entityAt is escapeAt for HTML's entities, whose semicolon may be missing.
func entityAt(text []byte) (chars string, size int) {
	text = text[:min(len(text), 40)]
	size = len(text) - len(bytes.TrimLeft(text, "&#"+hexDigits+"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ"))
	if size < len(text) && text[size] == ';' {
		size++
	}
	entity := string(text[:size])
	if chars = html.UnescapeString(entity); chars == entity {
		return "", 0
	}
	return chars, size
}
