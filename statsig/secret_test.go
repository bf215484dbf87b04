package statsig_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/statsig"
)

func TestASecretNeverPrints(t *testing.T) {
	s := statsig.NewSecret(key)
	nested := struct {
		inner  statsig.Secret
		Public *statsig.Secret
	}{s, &s}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p"} {
		fmt.Fprintf(&out, verb+verb+verb, s, &s, nested)
		fmt.Fprintf(&out, verb, []any{s, map[statsig.Secret]int{s: 1}, &nested})
	}
	asJSON, _ := json.Marshal(map[string]any{"a": s, "b": &nested})
	asYAML, _ := yaml.Marshal(map[string]any{"a": s, "b": &nested})
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s, "n", nested)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", s)
	fmt.Fprint(&out, s, string(asJSON), string(asYAML))
	for _, form := range []string{key, fmt.Sprintf("%x", key), fmt.Sprintf("%X", key), key[8:]} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%q is in %s", form, out.String())
		}
	}
	if want := "a: <secret>"; !strings.Contains(string(asYAML), want) {
		t.Errorf("got %s", asYAML)
	}
}

func TestASecretKeepsItsValueAndIsComparable(t *testing.T) {
	s := statsig.NewSecret(key)
	if s.Reveal() != key || s.IsZero() || s != statsig.NewSecret(strings.Clone(key)) || s == statsig.NewSecret("other") {
		t.Error("a secret is not its value")
	}
	var zero statsig.Secret
	if zero.Reveal() != "" || !zero.IsZero() || zero != statsig.NewSecret("") {
		t.Error("the zero secret is not empty")
	}
}
