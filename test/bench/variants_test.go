package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestEveryVariantServesTheSameSeriesInEveryEncoding(t *testing.T) {
	const n = 300
	for name, handler := range variantHandlers() {
		server := httptest.NewServer(handler(n))
		defer server.Close()
		for _, encoding := range encodings() {
			got, err := fetch(t.Context(), server.URL, encoding)
			if err != nil || got.status != http.StatusOK || got.series != n || got.mallocs == 0 {
				t.Errorf("%s, %s: %v, %+v", name, encoding, err, got)
			}
			s := newScraper()
			defer s.close()
			for range 2 {
				if size, err := s.scrape(t.Context(), server.URL, encoding); err != nil || size < n {
					t.Errorf("%s, %s: %v, %d bytes", name, encoding, err, size)
				}
			}
		}
	}
}

func TestABodyInAnotherEncodingIsNoScrape(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	s := newScraper()
	defer s.close()
	if _, err := s.scrape(t.Context(), server.URL, gzipped); err == nil {
		t.Error("plain text was taken for gzip")
	}
}
