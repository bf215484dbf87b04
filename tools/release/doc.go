// Package release holds the checks of what a release consists of. They look at two releases of the same commit, made in different
// places, which RELEASE_DISTS names with a colon between them; the sources are those around this module.
package release
