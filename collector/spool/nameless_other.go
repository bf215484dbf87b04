//go:build !linux

package spool

import "os"

// Nameless returns a new file in dir that has no name any more.
func Nameless(dir string) (*os.File, error) { return unlinked(dir) }
