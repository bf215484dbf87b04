package statsig_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"statsig_exporter/statsig"
)

// inSameWords is a transport that always fails in these words.
type inSameWords string

func (f inSameWords) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New(string(f))
}

func TestTheTextOfAnErrorHasNoMoreThan500Characters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := statsig.NewClient(statsig.Options{
			BaseURL: &url.URL{Scheme: "https", Host: "api.example"}, Transport: inSameWords(strings.Repeat("é ", 5000)),
		})
		poll, err := client.Begin(t.Context(), statsig.NewSecret("console-any"), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		defer poll.Close()
		now := time.Now()
		err = poll.Report(statsig.Window{End: now}, func(*statsig.Body) error { return nil })
		if err == nil || utf8.RuneCountInString(err.Error()) != 501 || !strings.HasSuffix(err.Error(), "…") {
			t.Errorf("the error has %d characters: %v", utf8.RuneCountInString(fmt.Sprint(err)), err)
		}
	})
}
