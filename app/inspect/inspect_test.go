package inspect

import (
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/exposition"
	"statsig_exporter/collector/ingest"
)

func TestAReportThatCouldNotBeServedIsRejected(t *testing.T) {
	random, cell := rand.NewChaCha8([32]byte{}), make([]byte, 750)
	var text strings.Builder
	text.WriteString("Event,Units\n")
	for range 9000 {
		_, _ = random.Read(cell) // it has no errors
		text.WriteString(base64.StdEncoding.EncodeToString(cell) + ",1\n")
	}
	o := Options{Settings: ingest.Settings{Config: config.Default(config.KeySource{})}, Report: strings.NewReader(text.String())}
	err := Run(t.Context(), o, io.Discard, io.Discard)
	if !errors.Is(err, exposition.ErrTooLarge) || !strings.Contains(err.Error(), "9000 series with 1 label columns") {
		t.Errorf("error %v", err)
	}
}
