package statsig

import (
	"fmt"
	"io"
	"unique"
)

// hidden stands in the place of every secret.
const hidden = "<secret>"

// Secret is a string that does not print, marshal or log itself: it always
// shows as <secret>. Secrets of the same string are equal under ==. The zero
// Secret holds the empty string.
type Secret struct {
	// A handle is a pointer: package fmt, which reaches unexported fields of
	// other structs without calling methods, prints an address.
	value unique.Handle[string]
}

// NewSecret returns the Secret that holds value as it is.
func NewSecret(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{value: unique.Make(value)}
}

// Reveal returns the string that the Secret holds.
func (s Secret) Reveal() string {
	if s.IsZero() {
		return ""
	}
	return s.value.Value()
}

// IsZero reports whether the Secret holds the empty string.
func (s Secret) IsZero() bool { return s == Secret{} }

// String returns <secret>.
func (s Secret) String() string { return hidden }

// GoString returns <secret>.
func (s Secret) GoString() string { return hidden }

// Format writes <secret>, whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, hidden) }

// MarshalText returns <secret>.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "<secret>".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalYAML returns <secret>.
func (s Secret) MarshalYAML() (any, error) { return hidden, nil }
