package statsigtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"statsig_exporter/statsig/simulate"
)

const storagePath = "/usage-billing-reports/"

// Link is where an envelope or a redirect points to.
type Link struct {
	// Origin is the address of the server that mounts [Server.Storage], such
	// as "https://127.0.0.1:4431"; the link is then a signed one to the report
	// that was asked for.
	Origin string
	// URL is used as it is where Origin is empty; a URL without a query gets
	// that of the request.
	URL string
	// Array makes an envelope whose data is an array of one object, and not
	// the object.
	Array bool
	// Status is that of a redirect; zero means 302.
	Status int
}

// target is a link with its URL worked out.
type target struct {
	Link
	url string
}

// resolve works out the URL of a link for the report of a project that r asks for.
func (l Link) resolve(s *Server, project string, r *http.Request) target {
	if l.Origin == "" {
		u, err := url.Parse(l.URL)
		if err == nil && u.RawQuery == "" && u.IsAbs() {
			u.RawQuery = r.URL.RawQuery
			return target{l, u.String()}
		}
		return target{l, l.URL}
	}
	query := url.Values{"end": r.URL.Query()["end"]}
	if start := r.URL.Query()["start"]; start != nil {
		query["start"] = start
	}
	path := storagePath + url.PathEscape(project) + ".csv"
	query.Set("signature", s.sign(project, query))
	return target{l, strings.TrimSuffix(l.Origin, "/") + path + "?" + query.Encode()}
}

func (s *Server) sign(project string, query url.Values) string {
	secret := binary.BigEndian.AppendUint64(nil, s.opts.Seed)
	mac := hmac.New(sha256.New, append(secret, "statsigtest"...))
	_, _ = mac.Write([]byte(project + "\n" + query.Get("start") + "\n" + query.Get("end")))
	return hex.EncodeToString(mac.Sum(nil))
}

// Storage returns the handler of the server's second origin, the storage that
// signed links point to. It needs no key, and so that no leak of one goes
// unseen, it answers 400 to a request that carries any credential. It meets
// the faults of InjectStorage. It is safe for concurrent use.
func (s *Server) Storage() http.Handler { return http.HandlerFunc(s.serveStorage) }

func (s *Server) serveStorage(w http.ResponseWriter, r *http.Request) {
	project, _ := strings.CutPrefix(strings.TrimSuffix(r.URL.Path, ".csv"), storagePath)
	entry := s.record(r, OriginStorage, project)
	f := s.faults.nextStorage()
	a := s.stored(r, project)
	if a.Status == http.StatusOK || f.Status != 0 {
		a = f.instead(a)
	}
	s.deliver(w, r, delivery{answer: a, fault: f, entry: entry})
}

// stored is the answer of the storage to a request for a report of a project.
func (s *Server) stored(r *http.Request, project string) simulate.Answer {
	for _, credential := range []string{KeyHeader, "Authorization", "Cookie"} {
		if r.Header.Get(credential) != "" {
			return storageError(http.StatusBadRequest, "InvalidArgument")
		}
	}
	query := r.URL.Query()
	if !hmac.Equal([]byte(query.Get("signature")), []byte(s.sign(project, query))) {
		return storageError(http.StatusForbidden, "SignatureDoesNotMatch")
	}
	asked := r.Clone(r.Context())
	asked.URL.Path = ReportPath
	start, end, refusal := s.api.Window(asked, project)
	if refusal != nil {
		return storageError(http.StatusBadRequest, "InvalidArgument")
	}
	return s.api.Report(project, start, end)
}

func storageError(status int, code string) simulate.Answer {
	return simulate.Text(status, "application/xml", `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+`</Code></Error>`)
}

// envelope is the JSON form of a successful answer.
func envelope(to target) simulate.Answer {
	var data any = map[string]string{"url": to.url}
	if to.Array {
		data = []any{data}
	}
	body, err := json.Marshal(map[string]any{"message": "Report URL generated successfully", "data": data})
	if err != nil {
		panic(err) // Strings always encode.
	}
	return simulate.Text(http.StatusOK, "application/json; charset=utf-8", string(body))
}

func redirect(to target) simulate.Answer {
	status := to.Status
	if status == 0 {
		status = http.StatusFound
	}
	return simulate.Answer{Status: status, Header: http.Header{"Location": {to.url}}}
}
