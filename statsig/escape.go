package statsig

import (
	"bytes"
	"html"
	"slices"
	"strconv"
)

// escape is a way to write one character: a prefix, and digits of a base.
type escape struct {
	prefix string
	digits int // 0: those before a brace.
	base   int
}

// escapes returns all escapes but HTML's. The first that fits counts.
func escapes() [9]escape {
	return [...]escape{
		{`\u{`, 0, 16}, {`\x{`, 0, 16}, {`\u`, 4, 16}, {`\U`, 8, 16}, {`\x`, 2, 16}, {`\`, 3, 8}, // of JSON, JavaScript, Go and C
		{"%u", 4, 16}, {"%", 2, 16}, // of addresses
		{"=", 2, 16}, // of quoted-printable mail
	}
}

// hasAny reports whether text has any of some bytes. It is fast where there is none, as
// in most text.
func hasAny(text []byte, of string) bool {
	return slices.ContainsFunc([]byte(of), func(b byte) bool { return bytes.IndexByte(text, b) >= 0 })
}

// unescape undoes one layer of escapes and of HTML's entities, in whatever mixture. It
// reports whether there was any. What it returns may be text itself.
func unescape(text []byte) ([]byte, bool) {
	if !hasAny(text, `%\&=`) {
		return text, false
	}
	var out []byte
	done := 0
	for i := 0; i < len(text); i++ {
		if b := text[i]; b != '%' && b != '\\' && b != '&' && b != '=' {
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
	if text[0] == '&' {
		return entityAt(text)
	}
	for _, e := range escapes() {
		digits, found := bytes.CutPrefix(text[:min(len(text), 12)], []byte(e.prefix))
		if !found {
			continue
		}
		size = len(e.prefix) + e.digits
		if e.digits == 0 {
			digits, _, found = bytes.Cut(digits, []byte("}"))
			size = len(e.prefix) + len(digits) + 1
		} else if found = len(digits) >= e.digits; found {
			digits = digits[:e.digits]
		}
		if code, err := strconv.ParseUint(string(digits), e.base, 31); found && err == nil {
			return string(rune(code)), size
		}
	}
	return "", 0
}

// entityAt is escapeAt for HTML's entities, whose semicolon may be missing.
func entityAt(text []byte) (chars string, size int) {
	text = text[:min(len(text), 40)]
	size = len(text) - len(bytes.TrimLeft(text, "&#0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if size < len(text) && text[size] == ';' {
		size++
	}
	entity := string(text[:size])
	if chars = html.UnescapeString(entity); chars == entity {
		return "", 0
	}
	return chars, size
}
