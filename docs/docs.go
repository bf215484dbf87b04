// Package docs holds the documents for users, so that the program can show those of
// its own version.
package docs

import "embed"

// Pages are the documents as Markdown.
//
//go:embed *.md
var Pages embed.FS
