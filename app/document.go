package app

import (
	"bytes"
	"html/template"
	"io/fs"
	"net/http"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"

	"statsig_exporter/docs"
)

const documentHTML = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} · statsig_exporter</title>
<style>
{{.Style}}</style>
</head>
<body>
<main>
<header><nav aria-label="Pages"><a href="../">What is served</a><a href="./">Documents</a></nav></header>
<article class="scroll">
{{.Body}}</article>
</main>
</body>
</html>
`

// document serves one document as a page, with an anchor for each heading, or the list
// of all.
func (p pages) document(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/docs/")
	text, err := documentText(name)
	if err != nil {
		http.Error(w, "there is no such document", http.StatusNotFound)
		return
	}
	var article, page bytes.Buffer
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	err = markdown.Convert(text, &article)
	if err == nil {
		err = template.Must(template.New("document").Parse(documentHTML)).Execute(&page, struct {
			Title string
			Style template.CSS
			Body  template.HTML
		}{documentTitle(text), template.CSS(pageCSS), template.HTML(article.String())}) //nolint:gosec // both are part of the program
	}
	if err != nil {
		p.failPage(w, name, err)
		return
	}
	writePage(w, &page)
}

// documentText returns the Markdown of a document; without a name, the list of all.
func documentText(name string) ([]byte, error) {
	if name != "" {
		return fs.ReadFile(docs.Pages, name)
	}
	names, err := fs.Glob(docs.Pages, "*.md")
	list := bytes.NewBufferString("# Documents\n\n")
	for _, name := range names {
		text, err := fs.ReadFile(docs.Pages, name)
		if err != nil {
			return nil, err
		}
		list.WriteString("- [" + documentTitle(text) + "](" + name + ")\n")
	}
	return list.Bytes(), err
}

// documentTitle returns the heading in a document's first line.
func documentTitle(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimPrefix(line, "# ")
}
