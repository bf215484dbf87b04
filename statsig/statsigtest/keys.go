package statsigtest

import (
	"maps"
	"sync"
)

// keyring knows which project each active key belongs to.
type keyring struct {
	mu     sync.Mutex
	owners map[string]*project
}

func (k *keyring) owner(key string) *project {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.owners[key]
}

// replace makes key the only one of p.
func (k *keyring) replace(key string, p *project) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.DeleteFunc(k.owners, func(_ string, owner *project) bool { return owner == p })
	k.owners[key] = p
}

// Rotate replaces the key of a project: from now on the old one is answered
// with 401. A new key starts with its rate limits untouched. It panics for an
// unknown project, and for an empty key or one in use.
func (s *Server) Rotate(project, key string) {
	p := s.mustProject(project)
	if key == "" || s.keys.owner(key) != nil {
		panic("statsigtest: a new key is empty or in use")
	}
	s.keys.replace(key, p)
}
