package app

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// TestTheProcessEndsThoughAMemberDoesNot has a member that nothing cuts short, as
// one that reads a file of a disk that does not answer.
func TestTheProcessEndsThoughAMemberDoesNot(t *testing.T) {
	broken := errors.New("broken")
	for name, want := range map[string]error{"asked to": nil, "after an error": broken} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked, ask := context.WithCancel(t.Context())
				defer ask()
				group, members := errgroup.WithContext(asked)
				release := make(chan struct{})
				defer close(release)
				group.Go(func() error { <-release; return nil })
				group.Go(func() error {
					<-time.After(time.Hour)
					if want == nil {
						ask()
					}
					return want
				})
				begun := time.Now()
				if err := waitFor(asked, members, group, slog.New(slog.DiscardHandler)); !errors.Is(err, want) {
					t.Errorf("the process ends with %v, want %v", err, want)
				}
				if took := time.Since(begun) - time.Hour; took < shutdownGrace || took >= endsWithin {
					t.Errorf("it ends %s after the last member that does", took)
				}
			})
		})
	}
}
