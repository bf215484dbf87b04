package backfill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"statsig_exporter/collector/schedule"
	"statsig_exporter/collector/store"
	"statsig_exporter/statsig"
)

const (
	// maxPause bounds the wait after a failure.
	maxPause = 10 * time.Minute
	// maxTries is how often to ask for a period that the API fails to answer.
	maxTries = 5
)

// errRefused is the error of the periods that follow a refusal of their project.
var errRefused = errors.New("not asked for after an earlier refusal")

// errUnsaved is in every error of the cache.
var errUnsaved = errors.New("keep report in cache")

// Read asks for what the cache lacks and stores it, all projects at the same time,
// each in the order of time. It calls done after each period, one call at a time and
// in no order of projects. While the API cannot be reached it keeps trying.
//
// Only ctx or the cache can make it fail. What the API refuses is part of the outcome.
func (b *Backfill) Read(ctx context.Context, done func()) error {
	group, ctx := errgroup.WithContext(ctx)
	steps := make(chan struct{})
	for _, j := range b.jobs {
		group.Go(func() error {
			r := &reading{b: b, j: j, queue: slices.Clone(j.missing), tries: map[time.Time]int{}, done: func() { steps <- struct{}{} }}
			return r.run(ctx)
		})
	}
	ended := make(chan error)
	go func() { ended <- group.Wait() }()
	for {
		select {
		case <-steps:
			done()
		case err := <-ended:
			return err
		}
	}
}

// reading is the reading of one project.
type reading struct {
	b        *Backfill
	j        *job
	done     func()
	queue    []statsig.Window  // the first is asked for next
	tries    map[time.Time]int // that the API failed, by the start of a period
	failures int               // in a row
	created  time.Time         // when the project was; zero if that is not known
}

func (r *reading) run(ctx context.Context) error {
	for len(r.queue) > 0 {
		err := r.ask(ctx, r.queue[0])
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, errUnsaved):
			return err
		}
		if schedule.Wait(ctx, r.b.options.Now, r.conclude(err), nil) != nil {
			return context.Cause(ctx)
		}
	}
	return nil
}

// conclude changes the queue as the answer to its first period demands, and returns
// when to go on with the new first one.
func (r *reading) conclude(err error) time.Time {
	w := r.queue[0]
	log := r.b.options.Logger.With("project", r.j.Project, "period", r.b.Name(w))
	next := judge(err)
	if next == askAgainLater {
		if r.tries[w.Start]++; r.tries[w.Start] == maxTries {
			next = giveUp
		}
	}
	switch next {
	case goOn:
		if r.failures > 0 {
			log.Info("Statsig answers again")
		}
		r.failures = 0
		r.pass()
		return time.Time{}
	case giveUp:
		log.Error("Report could not be read", "err", err)
		r.fail(err)
		return time.Time{}
	case stop:
		log.Error("Statsig refuses the project; giving it up", "err", err)
		for ; len(r.queue) > 0; err = errRefused {
			r.fail(err)
		}
		return time.Time{}
	case askAgainLater:
		r.queue = append(r.queue[1:], w)
	}
	r.failures++
	at := r.b.options.Now().Add(schedule.AfterFailure(maxPause, r.failures, rand.Float64()))
	if wanted := statsig.RetryAt(err); wanted.After(at) {
		at = wanted
	}
	log.Warn("Report could not be read; trying again", "err", err, "next", at.Round(time.Second))
	return at
}

// pass takes the first period off the queue.
func (r *reading) pass() {
	r.queue = r.queue[1:]
	r.done()
}

// fail passes the first period, which cannot be read.
func (r *reading) fail(err error) {
	r.j.Failed = append(r.j.Failed, FailedPeriod{r.queue[0], err})
	r.pass()
}

// verdict says what to do after an answer.
type verdict int

const (
	goOn          verdict = iota // with the next period
	askAgain                     // for the same period: nothing is wrong with it
	askAgainLater                // for the same period after the others
	giveUp                       // the period
	stop                         // the project
)

func judge(err error) verdict {
	switch statsig.ResultOf(err) {
	case statsig.Success, statsig.NoData:
		return goOn
	case statsig.NetworkError, statsig.RateLimited:
		return askAgain
	case statsig.Timeout:
		return askAgainLater
	case statsig.UpstreamError:
		var e *statsig.Error
		if errors.As(err, &e) && (e.Elsewhere || e.Status >= http.StatusInternalServerError) {
			return askAgainLater
		}
		return stop
	case statsig.Unauthorized, statsig.Forbidden:
		return stop
	}
	return giveUp
}

// ask asks for one period and stores its report once it has been mapped, or an empty
// one if there is no data. It does not ask for what is older than the project.
func (r *reading) ask(ctx context.Context, w statsig.Window) error {
	if !w.End.After(r.created) {
		return r.save(w, strings.NewReader(""))
	}
	key, err := r.j.ingest.Key()
	if err != nil {
		return err
	}
	ctx, poll, err := r.j.ingest.Begin(ctx, key)
	if err != nil {
		return err
	}
	defer poll.Close()
	m, err := poll.Fetch(ctx, r.b.window, w)
	var text io.Reader = strings.NewReader("")
	switch {
	case statsig.ResultOf(err) == statsig.NoData:
		if at := statsig.CreatedAt(err); at.After(r.created) {
			r.created = at
		}
	case err != nil:
		return err
	default:
		defer m.Close()
		if text, err = m.Text.Reader(); err != nil {
			return err
		}
	}
	return r.save(w, text)
}

func (r *reading) save(w statsig.Window, text io.Reader) error {
	meta := store.Meta{Key: r.b.key(r.j, w), Period: r.b.window.Period.String(), Start: w.Start, End: w.End, Time: r.b.options.Now()}
	if err := r.b.options.Cache.Save(meta, text); err != nil {
		return fmt.Errorf("%w: %w", errUnsaved, err)
	}
	return nil
}
