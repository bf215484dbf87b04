package statsigtest

import (
	"maps"
	"sync"
)

// keyring knows which project each active key belongs to, by name.
type keyring struct {
	mu     sync.Mutex
	owners map[string]string
}

func (k *keyring) owner(key string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.owners[key]
}

// replace makes key the only one of a project.
func (k *keyring) replace(key, project string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.owners, func(_, owner string) bool { return owner == project })
	k.owners[key] = project
}

// Rotate replaces the key of a project: from now on the old one is answered
// with 401. A new key starts with its rate limits untouched. It panics for an
// unknown project, and for an empty key or one in use.
func (s *Server) Rotate(project, key string) {
	if key == "" || s.keys.owner(key) != "" {
		panic("statsigtest: a new key is empty or in use")
	}
	s.keys.replace(key, s.known(project))
}
