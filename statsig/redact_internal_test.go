package statsig

import "testing"

func TestPartsOfTheKeyAreHiddenToo(t *testing.T) {
	r := newRedactor(NewSecret("console-0123456789abcdefghij"))
	for text, want := range map[string]string{
		"the key 0123456789abcdefghij is wrong": "the key <secret> is wrong",
		"ends in cdefghij":                      "ends in <secret>",
		"has 456789ab, and hij":                 "has <secret>, and hij",
		"1234567":                               "1234567",
	} {
		if got := r.text(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}
