// Package docs holds the documents for users, so that the program can serve the
// ones that match its version.
package docs

import "embed"

// Pages are the documents as Markdown.
//
//go:embed *.md
var Pages embed.FS
