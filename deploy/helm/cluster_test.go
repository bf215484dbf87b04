//go:build cluster

package helm_test

import (
	"fmt"
	"strings"
	"testing"

	"statsig_exporter/test/harness"
)

// TestTheChartInstallsIntoARealControlPlane does so with every value set, into namespaces that admit only pods of the
// strictest Pod Security Standard.
func TestTheChartInstallsIntoARealControlPlane(t *testing.T) {
	c := newCluster(t)
	t.Run("every value set", func(t *testing.T) {
		for name, file := range valueSets(t) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c.namespace(t, name)
				c.installs(t, name, file)
			})
		}
	})
	t.Run("Helm 3", func(t *testing.T) {
		c.namespace(t, "helm3")
		c.must(t, "helm3", "install", release, chart, "-n", "helm3", "-f", chart+"/ci/sharded-values.yaml", "--wait", "--timeout=2m")
	})
	t.Run("upgrades from set to set", c.upgrades)
	t.Run("a pod that may not be", func(t *testing.T) {
		c.namespace(t, "refused")
		out, err := c.command(t, "helm", "", "install", release, chart, "-n", "refused", "--set", "demo=true,hostNetwork=true", "--wait", "--timeout=10s")
		if err == nil {
			t.Errorf("the namespace admits the network of the node:\n%s", out)
		}
	})
}

// must runs a program for the cluster that has to succeed.
func (c cluster) must(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := c.command(t, program, "", args...)
	if err != nil {
		events, _ := c.command(t, "kubectl", "", "get", "events,pods,pvc", "-A")
		t.Fatalf("%s %v: %v\n%s\n%s", program, args, err, out, events)
	}
	return out
}

// namespace makes one with what the value sets expect to exist.
func (c cluster) namespace(t *testing.T, name string) {
	t.Helper()
	c.kubectl(t, fmt.Sprintf(`{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {pod-security.kubernetes.io/enforce: restricted}}}`, name), "apply", "-f", "-")
	c.becomes(t, "default", "get", "-n", name, "serviceaccount", "default", "-o", "jsonpath={.metadata.name}")
	var volumes strings.Builder
	for i, class := range []string{"standard", "standard", "standard", "fast", `""`} {
		mode := "ReadWriteOnce"
		if class == "fast" {
			mode = "ReadWriteOncePod"
		}
		fmt.Fprintf(&volumes, `---
apiVersion: v1
kind: PersistentVolume
metadata: {name: %[1]s-%[2]d}
spec: {capacity: {storage: 5Gi}, accessModes: [%[3]s], storageClassName: %[4]s, hostPath: {path: /volumes/%[1]s-%[2]d}}
`, name, i, mode, class)
	}
	c.kubectl(t, volumes.String()+`---
{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: reports, namespace: `+name+`}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
`, "apply", "-f", "-")
}

// installs installs a value set, tests it as a user would, and takes it away again.
func (c cluster) installs(t *testing.T, namespace, file string) {
	t.Helper()
	manifests := c.must(t, "helm", "template", release, chart, "-n", namespace, "-f", file, "--no-hooks") // whose ServiceAccount would have to be there
	path := harness.WriteFile(t, "manifests.yaml", manifests)
	if out := c.must(t, "kubectl", "apply", "--server-side", "--dry-run=server", "--validate=strict", "-n", namespace, "-f", path); strings.Contains(strings.ToLower(out), "warning") {
		t.Errorf("the server warns:\n%s", out)
	}
	c.must(t, "helm", "install", release, chart, "-n", namespace, "-f", file, "--wait", "--timeout=3m")
	kind := strings.ToLower(only(t, render(t, file), "Deployment", "StatefulSet").kind())
	ready := c.kubectl(t, "", "get", "-n", namespace, kind, "-o", "jsonpath={.items[*].spec.replicas} {.items[*].status.readyReplicas}")
	if wanted, got, _ := strings.Cut(ready, " "); got != wanted {
		t.Errorf("%s of %s pods are ready", got, wanted)
	}
	if out := c.must(t, "helm", "test", release, "-n", namespace, "--timeout=2m"); !strings.Contains(file, "env-values") && !strings.Contains(out, "Succeeded") {
		t.Errorf("helm test says\n%s", out)
	}
	c.must(t, "helm", "uninstall", release, "-n", namespace, "--wait", "--timeout=2m")
}

// upgrades goes from one value set to another and back, where Kubernetes' own rules allow it.
func (c cluster) upgrades(t *testing.T) {
	c.namespace(t, "upgrades")
	for _, set := range []string{"demo", "existing-secret", "persistent", "full", "existing-claim", "sharded", "web-config", "text", "sharded-persistent", "demo"} {
		file := chart + "/ci/" + set + "-values.yaml"
		c.must(t, "helm", "upgrade", "--install", release, chart, "-n", "upgrades", "-f", file, "--wait", "--timeout=3m")
		left := strings.Fields(c.kubectl(t, "", "get", "-n", "upgrades", "deployment,statefulset", "-o", "name"))
		if len(left) != 1 {
			t.Errorf("after %s there are %v", set, left)
		}
	}
}
