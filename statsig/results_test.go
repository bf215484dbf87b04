package statsig_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig"
)

func TestABadRequestHasOneOfThreeMeanings(t *testing.T) {
	const created = "start: 1775001600000, is before project creation: "
	inApril := april.Start.Add(12 * time.Hour).UnixMilli()
	for name, tc := range map[string]struct {
		message string // Of the first answer; the second is a report.
		result  statsig.Result
		starts  []int64 // What was asked for.
		words   string
		created bool // The error says when the project was created.
	}{
		"no data":         {`"Data is not available"`, statsig.NoData, []int64{april.Start.UnixMilli()}, "Data is not available", false},
		"created within":  {fmt.Sprintf(`"%s%d"`, created, inApril), statsig.Success, []int64{april.Start.UnixMilli(), inApril}, "", false},
		"created after":   {fmt.Sprintf(`"%s%d"`, created, april.End.UnixMilli()), statsig.NoData, []int64{april.Start.UnixMilli()}, "before project creation", true},
		"created before":  {fmt.Sprintf(`"%s%d"`, created, april.Start.UnixMilli()), statsig.NoData, []int64{april.Start.UnixMilli()}, "before project creation", true},
		"created oddly":   {`"` + created + `99999999999999999999"`, statsig.NoData, []int64{april.Start.UnixMilli()}, "before project creation", false},
		"refused":         {`"Bad Request Exception"`, statsig.UpstreamError, []int64{april.Start.UnixMilli()}, "status 400 Bad Request: Bad Request Exception", false},
		"refused, errors": {`"Oh","errors":[{"property":"end","errorMessage":"Value"},{"property":"start.end","errorMessage":"order"}]`, statsig.UpstreamError, []int64{april.Start.UnixMilli()}, "Oh; end: Value; start.end: order", false},
		"no errors":       {`"Oh","errors":[]`, statsig.NoData, []int64{april.Start.UnixMilli()}, "Oh", false},
	} {
		var starts []int64
		s := api(t, func(w http.ResponseWriter, r *http.Request) {
			start, _ := strconv.ParseInt(r.URL.Query().Get("start"), 10, 64)
			if starts = append(starts, start); len(starts) == 1 {
				answer(400, "application/json", `{"status":400,"message":`+tc.message+`}`)(w, r)
				return
			}
			answer(200, "text/csv", csvBody)(w, r)
		})
		c := newClient(t, s.URL)
		_, err := report(t, c.Client, key)
		var e *statsig.Error
		if statsig.ResultOf(err) != tc.result || !slices.Equal(starts, tc.starts) || errors.As(err, &e) && !strings.Contains(e.Error(), tc.words) {
			t.Errorf("%s: got %v after asking from %v", name, err, starts)
		}
		if got := e != nil && !e.Created.IsZero(); got != tc.created || len(c.clock.slept) != 0 {
			t.Errorf("%s: got %+v after sleeping %v", name, e, c.clock.slept)
		}
	}
}

// raw answers with bytes of its own and closes the connection.
func raw(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = conn.Write([]byte(answer))
		_ = conn.Close()
	}
}

func TestAKeyThatCannotBeSentIsRefusedWithoutARequest(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:1")
	for _, bad := range []string{"", "console-abc\n", "console abc", "console-äöü", "\x7f"} {
		_, err := c.Begin(t.Context(), statsig.NewSecret(bad), time.Minute)
		wantError(t, err, statsig.Unauthorized, "API key")
	}
	if c.Codes() != "" {
		t.Errorf("got requests %q", c.Codes())
	}
}

func TestAWindowThatCannotBeAskedForIsRefusedWithoutARequest(t *testing.T) {
	c := newClient(t, "http://127.0.0.1:1")
	p, err := c.Begin(t.Context(), statsig.NewSecret(key), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, w := range []statsig.Window{
		{},
		{Start: april.Start},
		{Start: april.End, End: april.End},
		{Start: time.Unix(-5, 0), End: april.End},
		{End: time.Unix(0, 0)},
	} {
		if err := p.Report(w, nil); err == nil || !strings.Contains(err.Error(), "window") {
			t.Errorf("%v: got %v", w, err)
		}
	}
	if c.Codes() != "" {
		t.Errorf("got requests %q", c.Codes())
	}
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
	if got := len(statsig.Results()); got != 9 {
		t.Errorf("got %d results", got)
	}
}
