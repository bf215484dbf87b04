package report

import (
	"bytes"
	"io"
)

// Recall reads the header of a report and returns the first of known that is of
// a report with the same header, or nil where there is none or the header cannot
// be read. The reader that it returns is to be used in place of src: it yields
// the whole report. An error of src must be one that src gives again.
func Recall(src io.Reader, known []*Mapping) (*Mapping, io.Reader) {
	if len(known) == 0 {
		return nil, src
	}
	var head bytes.Buffer
	found := recall(io.TeeReader(src, &head), known)
	return found, io.MultiReader(&head, src)
}

func recall(src io.Reader, known []*Mapping) *Mapping {
	text, err := decode(src)
	if err != nil {
		return nil // Read says what is wrong.
	}
	in, err := open(text)
	if err != nil {
		return nil // as above
	}
	names := columnNames(in.header)
	for _, m := range known {
		if m.sameHeader(names) {
			return m
		}
	}
	return nil
}
