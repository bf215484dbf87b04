package report

// WithoutSeries returns the report without its series, which are most of what it
// takes in memory: Samples yields none of them.
func (r *Report) WithoutSeries() *Report {
	bare := *r
	bare.table, bare.all, bare.series = nil, nil, nil
	return &bare
}
