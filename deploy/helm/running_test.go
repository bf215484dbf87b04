//go:build chart

package helm_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"statsig_exporter/statsig/statsigtest"
	"statsig_exporter/test/harness"
)

// TestTheContainerRunsAsTheChartDescribesIt starts the program with each value set's arguments, environment and files,
// in the way of a kubelet, and then runs the chart's own test, whose script asks it for its metrics.
func TestTheContainerRunsAsTheChartDescribesIt(t *testing.T) {
	var projects []statsigtest.Project
	for _, name := range []string{"web", "app", "shop", "internal"} {
		projects = append(projects, statsigtest.Project{Name: name, Key: "console-" + name})
	}
	projects = append(projects, statsigtest.Project{Name: "given", Key: "console-not-a-real-key"})
	for name, file := range valueSets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := httptest.NewServer(statsigtest.New(statsigtest.Options{Projects: projects}))
			t.Cleanup(upstream.Close)
			runAsRendered(t, render(t, file), upstream.URL, name != "env") // which has no upstream but the real one
		})
	}
}

// runAsRendered runs each pod of the rendered workload, and the chart's test where there is one.
func runAsRendered(t *testing.T, all []object, upstream string, tested bool) {
	t.Helper()
	workload := only(t, all, "Deployment", "StatefulSet")
	spec := decode[podSpec](t, workload, "spec", "template", "spec")
	var addresses []string
	for index := range decode[int](t, workload, "spec", "replicas") {
		k := newKubelet(t, all, upstream)
		k.index = strconv.Itoa(index)
		k.mount(t, spec, spec.Containers[0])
		addresses = append(addresses, k.start(t, spec.Containers[0]))
	}
	if tested {
		runChartTest(t, all, newKubelet(t, all, upstream), addresses)
	}
}

var port = regexp.MustCompile(`=:\d+$`)

// start runs a container's program on free ports of loopback until the test ends, waits until its probes answer, and returns
// the address of its metrics.
func (k *kubelet) start(t *testing.T, c container) string {
	t.Helper()
	var args []string
	for _, arg := range c.Args {
		args = append(args, k.translate(t, port.ReplaceAllString(arg, "=127.0.0.1:0")))
	}
	command := exec.Command("statsig_exporter", args...)
	// Without a configuration it would ask the real service.
	command.Env = append(k.environment(t, c), "HTTPS_PROXY=http://127.0.0.1:1")
	program := harness.Start(t, command)
	probes, err := program.Find(regexp.MustCompile(`probe_address"?[=:]"?([0-9.:]+)`))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		waitFor(t, "http://"+probes+path)
	}
	return program.MustAddress(t)
}

// waitFor asks until the answer is 200.
func waitFor(t *testing.T, url string) {
	t.Helper()
	client := &http.Client{Timeout: 5 * time.Second}
	harness.Eventually(t, 2*time.Minute, func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	})
}

// runChartTest runs the script of `helm test` against the addresses, as the chart's pod would.
func runChartTest(t *testing.T, all []object, k *kubelet, addresses []string) {
	t.Helper()
	var pods []object
	for _, o := range all {
		if o.kind() == "Pod" {
			pods = append(pods, o)
		}
	}
	if len(pods) != 1 {
		t.Fatalf("there are %d pods to test with", len(pods))
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl to run the chart's test with")
	}
	c := decode[podSpec](t, pods[0], "spec").Containers[0]
	urls := c.Command[4:]
	if len(urls) != len(addresses) {
		t.Fatalf("the test asks %v of %d pods", urls, len(addresses))
	}
	for i, url := range urls {
		urls[i] = regexp.MustCompile(`//[^/]+`).ReplaceAllString(url, "//"+addresses[i])
	}
	command := exec.CommandContext(t.Context(), c.Command[0], c.Command[1:]...)
	command.Env = append(k.environment(t, c), "TIMEOUT=60")
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "statsig_up{") {
		t.Errorf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "statsig_up{") && strings.Count(string(out), line) > 1 {
			t.Errorf("two pods poll the same: %s", line)
		}
	}
	// The same must not pass for a project that is not there.
	command = exec.CommandContext(t.Context(), c.Command[0], c.Command[1:]...)
	command.Env = append(k.environment(t, c), "TIMEOUT=2", "PROJECTS=absent")
	if out, err := command.CombinedOutput(); err == nil {
		t.Errorf("the test passes without the project that it looks for:\n%s", out)
	}
}

// certificate returns the certificate that httptest has for loopback, and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	pair := server.TLS.Certificates[0]
	encoded, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}
