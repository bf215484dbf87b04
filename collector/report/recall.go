package report

// Recall reads the header of a report and returns the first of known that is of
// a report with the same header, or nil where there is none or the header cannot
// be read.
func Recall(src Source, known []*Mapping) *Mapping {
	if len(known) == 0 {
		return nil
	}
	in, err := open(src)
	if err != nil {
		return nil // Read says what is wrong.
	}
	names := columnNames(in.header)
	for _, m := range known {
		if m.sameHeader(names) {
			return m
		}
	}
	return nil
}
