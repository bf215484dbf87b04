package statsig_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig"
)

func TestABadRequestHasOneOfThreeMeanings(t *testing.T) {
	const created = `"start: 1775001600000, is before project creation: `
	inApril := april.Start.Add(12 * time.Hour)
	for message, tc := range map[string]struct { // The message of the first answer; the second is a report.
		result  statsig.Result
		starts  []time.Time // What was asked for; once from april's start.
		words   string
		created bool // The error says when the project was created.
	}{
		`"Data is not available"`:         {statsig.NoData, nil, "Data is not available", false},
		created + ms(inApril) + `"`:       {statsig.Success, []time.Time{april.Start, inApril}, "", false},
		created + ms(april.End) + `"`:     {statsig.NoData, nil, "before project creation", true},
		created + ms(april.Start) + `"`:   {statsig.NoData, nil, "before project creation", true},
		created + `99999999999999999999"`: {statsig.NoData, nil, "before project creation", false},
		`"Bad Request Exception"`:         {statsig.UpstreamError, nil, "status 400 Bad Request: Bad Request Exception", false},
		`"Oh","errors":[]`:                {statsig.NoData, nil, "Oh", false},
		`"Oh","errors":[{"property":"end","errorMessage":"Value"},{"property":"start.end","errorMessage":"order"}]`: {
			statsig.UpstreamError, nil, "Oh; end: Value; start.end: order", false,
		},
		`"Oh","errors":{"property":"end","errorMessage":"Value"}`: {statsig.UpstreamError, nil, "Oh; end: Value", false},
		`"Oh","errors":"Value"`:                                   {statsig.UpstreamError, nil, "Oh", false},
		`"Oh","errors":null`:                                      {statsig.NoData, nil, "Oh", false},
	} {
		s := &station{answers: first(1, 400, `{"status":400,"message":`+message+`}`)}
		_, err := once(t.Context(), s.client(t), key)
		if tc.starts == nil {
			tc.starts = []time.Time{april.Start}
		}
		asked := slices.EqualFunc(s.asked, tc.starts, func(r *http.Request, at time.Time) bool { return r.URL.Query().Get("start") == ms(at) })
		var e *statsig.Error
		if statsig.ResultOf(err) != tc.result || !asked || errors.As(err, &e) && !strings.Contains(e.Error(), tc.words) {
			t.Errorf("%s: got %v after %d requests", message, err, len(s.asked))
		}
		if got := e != nil && !e.Created.IsZero(); got != tc.created {
			t.Errorf("%s: got %+v", message, e)
		}
	}
}

func TestWhatCannotBeAskedForIsRefusedWithoutARequest(t *testing.T) {
	s := &station{}
	c := s.client(t)
	for _, bad := range []string{"", "console-abc\n", "console abc", "console-äöü", "\x7f"} {
		_, err := c.Begin(t.Context(), statsig.NewSecret(bad), time.Minute)
		wantError(t, err, statsig.Unauthorized, "API key")
	}
	if _, err := c.Begin(t.Context(), statsig.NewSecret(key), 0); err == nil {
		t.Error("a poll without time has begun")
	}
	p := begin(t, c, time.Minute)
	for _, w := range []statsig.Window{
		{}, {Start: april.Start}, {Start: april.End, End: april.End}, {Start: time.Unix(-5, 0), End: april.End}, {End: time.Unix(0, 0)},
	} {
		if err := p.Report(w, nil); err == nil || !strings.Contains(err.Error(), "window") {
			t.Errorf("%v: got %v", w, err)
		}
	}
	s.wantCodes(t, "")
}

func TestResultOfTellsEveryError(t *testing.T) {
	for _, tc := range []struct {
		err  error
		want statsig.Result
	}{
		{nil, statsig.Success},
		{fmt.Errorf("poll: %w", &statsig.Error{Result: statsig.Forbidden}), statsig.Forbidden},
		{errors.Join(context.DeadlineExceeded, &statsig.Error{Result: statsig.NetworkError}), statsig.NetworkError},
		{fmt.Errorf("wait: %w", context.DeadlineExceeded), statsig.Timeout},
		{errors.New("row 3"), statsig.InvalidReport},
	} {
		if got := statsig.ResultOf(tc.err); got != tc.want {
			t.Errorf("%v: got %s, want %s", tc.err, got, tc.want)
		}
	}
}
