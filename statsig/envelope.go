package statsig

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const maxEnvelopeBytes = 1 << 20

// envelope is the JSON that names the address of a report instead of being
// one: {"data":{"url":…}} in the schema of a sibling operation,
// {"data":[{"url":…}]} in its example.
type envelope struct {
	Data    json.RawMessage `json:"data"`
	Message any             `json:"message"`
}

type location struct {
	URL string `json:"url"`
}

// readEnvelope returns the address in an envelope, as it stands there.
func (c *chain) readEnvelope(stream *bufio.Reader) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(stream, maxEnvelopeBytes+1))
	switch {
	case err != nil:
		return "", c.brokenBody(err)
	case len(raw) > maxEnvelopeBytes:
		return "", c.invalid(fmt.Sprintf("the JSON envelope is larger than %d bytes", maxEnvelopeBytes))
	}
	var e envelope
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), &e); err != nil {
		return "", c.invalid("the answer is neither a CSV report nor a JSON envelope")
	}
	ref, err := e.url()
	if err == nil {
		return ref, nil
	}
	text := "bad JSON envelope: " + err.Error()
	if said, ok := e.Message.(string); ok && said != "" && originOf(c.at) == c.poll.client.api {
		text += "; its message: " + cut(c.poll.redact(said), messageLimit)
	}
	return "", c.invalid(text)
}

// url returns the one address in the envelope. Of several it takes none: the
// report would be in pieces, and a part of it would pass for the whole.
func (e envelope) url() (string, error) {
	var one location
	if err := json.Unmarshal(e.Data, &one); err == nil && one.URL != "" {
		return one.URL, nil
	}
	var many []location
	if err := json.Unmarshal(e.Data, &many); err != nil || len(many) == 0 || many[0].URL == "" {
		return "", errors.New("it has no data.url")
	}
	if len(many) > 1 {
		return "", fmt.Errorf("it names %d reports instead of one", len(many))
	}
	return many[0].URL, nil
}
