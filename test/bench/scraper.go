package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// prometheus3 is what Prometheus 3 accepts by default.
const prometheus3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
	"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
	"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"

// scraper scrapes over one connection, and keeps nothing of what it gets.
type scraper struct {
	client http.Client
	buf    []byte
}

func newScraper() *scraper {
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 1, ReadBufferSize: 256 << 10}
	return &scraper{client: http.Client{Transport: transport, Timeout: 5 * time.Minute}, buf: make([]byte, 256<<10)}
}

func (s *scraper) close() { s.client.CloseIdleConnections() }

// ask sends a scrape as Prometheus 3 does. The body has to be closed.
func (s *scraper) ask(ctx context.Context, url, encoding string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", prometheus3)
	req.Header.Set("Accept-Encoding", encoding)
	req.Header.Set("User-Agent", "Prometheus/3.0.0")
	return s.client.Do(req)
}

// scrape returns how many bytes the body has.
func (s *scraper) scrape(ctx context.Context, url, encoding string) (int64, error) {
	resp, err := s.ask(ctx, url, encoding)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("scrape: %s", resp.Status)
	}
	if got := resp.Header.Get("Content-Encoding"); got != encoding && (got != "" || encoding != identity) {
		return 0, fmt.Errorf("scrape: asked for %s, got %q", encoding, got)
	}
	var n int64
	for {
		m, err := resp.Body.Read(s.buf)
		n += int64(m)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("scrape: %w", err)
		}
	}
}

// page is one answer, with what is looked for in it.
type page struct {
	status  int
	series  int     // of the family that is compared
	mallocs float64 // allocations of the process so far; zero if it does not say
}

// fetch scrapes once, over a connection of its own, and reads the body.
func fetch(ctx context.Context, url, encoding string) (page, error) {
	s := newScraper()
	defer s.close()
	resp, err := s.ask(ctx, url, encoding)
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	p := page{status: resp.StatusCode}
	body, err := decompressor(resp.Body, resp.Header.Get("Content-Encoding"))
	if err != nil {
		return page{}, err
	}
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		if bytes.HasPrefix(lines.Bytes(), []byte(familyName+"{")) {
			p.series++
		}
		if number, ok := strings.CutPrefix(lines.Text(), "go_memstats_mallocs_total "); ok {
			if p.mallocs, err = strconv.ParseFloat(number, 64); err != nil {
				return page{}, err
			}
		}
	}
	return p, lines.Err()
}

// round is what was measured while a server was scraped for some time.
type round struct {
	cpu  time.Duration // of the server, a scrape
	rate float64       // scrapes a second
	p99  time.Duration
	size int64 // of a body
}

// load says how a server is scraped.
type load struct {
	encoding string
	scrapers int
	atLeast  time.Duration
}

// scrapeFor scrapes a server, each scraper at least once, until the time is
// over, and waits for the last answers.
func scrapeFor(ctx context.Context, p *process, l load) (round, error) {
	took := make([][]time.Duration, l.scrapers)
	sizes := make([]int64, l.scrapers)
	errs := make([]error, l.scrapers)
	before, err := p.cpu()
	if err != nil {
		return round{}, err
	}
	begun := time.Now()
	var all sync.WaitGroup
	for i := range l.scrapers {
		all.Go(func() {
			s := newScraper()
			defer s.close()
			for errs[i] == nil && (len(took[i]) == 0 || time.Since(begun) < l.atLeast) {
				sent := time.Now()
				sizes[i], errs[i] = s.scrape(ctx, p.url, l.encoding)
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begun)
	after, err := p.cpu()
	if err := errors.Join(append(errs, err)...); err != nil {
		return round{}, err
	}
	sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
	n := len(sorted)
	return round{
		cpu:  (after - before) / time.Duration(n),
		rate: float64(n) / elapsed.Seconds(),
		p99:  sorted[(n*99+99)/100-1],
		size: sizes[0],
	}, nil
}
