//go:build cluster

package helm_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"statsig_exporter/test/harness"
)

// cluster is a control plane of Kubernetes' own programs, and kwok in the place of kubelets: pods are admitted and scheduled, and
// nothing runs in them.
type cluster struct{ dir, kubeconfig string }

const stages = "kustomize/stage/"

// newCluster starts a cluster with a node, a default StorageClass and custom resources. It ends with the test.
func newCluster(t *testing.T) cluster {
	t.Helper()
	c := cluster{dir: t.TempDir()}
	c.kubeconfig = filepath.Join(c.dir, "kubeconfig")
	server := c.startServer(t)
	c.write(t, "kubeconfig", fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://%s", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: admin-token}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`, server))
	c.becomes(t, "ok", "get", "--raw", "/readyz")
	c.start(t, "kube-controller-manager", "--kubeconfig", c.kubeconfig, "--service-account-private-key-file", c.path("sa.key"),
		"--root-ca-file", c.path("apiserver.crt"), "--leader-elect=false", "--bind-address=127.0.0.1", "--secure-port="+freePort(t),
		"--cert-dir", c.path("kcm"), "--node-monitor-grace-period=1h") // a crowded machine is late with the heartbeats of the node
	c.start(t, "kube-scheduler", "--kubeconfig", c.kubeconfig, "--leader-elect=false", "--bind-address=127.0.0.1",
		"--secure-port="+freePort(t), "--cert-dir", c.path("ks"))
	c.start(t, "kwok", "--kubeconfig", c.kubeconfig, "--manage-all-nodes=true", "--config", c.write(t, "stages.yaml", readStages(t)))
	for _, file := range customResources(t) {
		c.kubectl(t, "", "apply", "--server-side", "-f", file)
	}
	c.kubectl(t, nodeAndClass, "apply", "-f", "-")
	return c
}

// startServer starts etcd and the API server, and returns the server's address.
func (c cluster) startServer(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c.write(t, "sa.key", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	c.write(t, "tokens.csv", "admin-token,admin,admin,system:masters\n")
	store, peer, port := "http://127.0.0.1:"+freePort(t), "http://127.0.0.1:"+freePort(t), freePort(t)
	c.start(t, "etcd", "--data-dir", c.path("etcd"), "--unsafe-no-fsync", "--listen-client-urls", store, "--advertise-client-urls", store,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	c.start(t, "kube-apiserver", "--etcd-servers", store, "--bind-address=127.0.0.1", "--secure-port", port,
		"--advertise-address=127.0.0.1", "--cert-dir", c.dir, "--service-account-key-file", c.path("sa.key"),
		"--service-account-signing-key-file", c.path("sa.key"), "--service-account-issuer=https://kubernetes.default.svc",
		"--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC", "--token-auth-file", c.path("tokens.csv"),
		"--allow-privileged=true", "--endpoint-reconciler-type=none", "--profiling=false")
	return "127.0.0.1:" + port
}

// readStages returns kwok's stages of nodes and pods. The pod of `helm test` ends well, as a Job's would.
func readStages(t *testing.T) string {
	t.Helper()
	var all []string
	for _, name := range []string{
		"node/fast/node-initialize", "node/heartbeat-with-lease/node-heartbeat-with-lease",
		"pod/fast/pod-ready", "pod/fast/pod-complete", "pod/fast/pod-delete",
	} {
		text, err := os.ReadFile(moduleFile(t, t.TempDir(), kwok, stages+name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	const job = "- key: '.metadata.ownerReferences.[].kind'\n      operator: 'In'\n      values:\n      - 'Job'"
	const test = "- key: '.metadata.labels[\"app.kubernetes.io/component\"]'\n      operator: 'In'\n      values:\n      - 'test'"
	changed := strings.Replace(all[3], job, test, 1)
	if changed == all[3] {
		t.Fatal("kwok's stage pod-complete has changed")
	}
	return strings.Join(append(all, strings.Replace(changed, "name: pod-complete", "name: test-complete", 1)), "\n---\n")
}

// kwok is the program's module, whose stages are used.
const kwok = "sigs.k8s.io/kwok@v0.8.0"

const nodeAndClass = `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: standard, annotations: {storageclass.kubernetes.io/is-default-class: "true"}}
provisioner: kubernetes.io/no-provisioner
---
apiVersion: v1
kind: Node
metadata:
  name: node-0
  annotations: {kwok.x-k8s.io/node: fake}
  labels: {kubernetes.io/hostname: node-0, kubernetes.io/os: linux, kubernetes.io/arch: amd64, topology.kubernetes.io/zone: a}
status:
  allocatable: {cpu: "32", memory: 256Gi, pods: "110", ephemeral-storage: 1Ti}
  capacity: {cpu: "32", memory: 256Gi, pods: "110", ephemeral-storage: 1Ti}
`

func (c cluster) path(name string) string { return filepath.Join(c.dir, name) }

// write writes a file of the cluster and returns its path.
func (c cluster) write(t *testing.T, name, text string) string {
	t.Helper()
	if err := os.WriteFile(c.path(name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return c.path(name)
}

// start runs a program until the test ends. Those that are started last end first.
func (c cluster) start(t *testing.T, name string, args ...string) {
	t.Helper()
	log, err := os.Create(c.path(name + ".log"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...) // the cleanup ends them in order
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // nothing of it is kept
		_ = command.Wait()         // it was killed
		log.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("the end of %s:\n%s", name, text[max(0, len(text)-800):])
		}
	})
}

// command returns kubectl or helm for this cluster.
func (c cluster) command(t *testing.T, program, input string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	command := exec.CommandContext(t.Context(), program, args...)
	command.Env = append(os.Environ(), "KUBECONFIG="+c.kubeconfig, "HELM_CACHE_HOME="+c.dir, "HELM_CONFIG_HOME="+c.dir, "HELM_DATA_HOME="+c.dir)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(input), &out, &out
	err := command.Run()
	return out.String(), err
}

// kubectl must succeed. It returns what it wrote.
func (c cluster) kubectl(t *testing.T, input string, args ...string) string {
	t.Helper()
	out, err := c.command(t, "kubectl", input, args...)
	if err != nil {
		t.Fatalf("kubectl %v: %v\n%s", args, err, out)
	}
	return out
}

// becomes waits until kubectl answers with want.
func (c cluster) becomes(t *testing.T, want string, args ...string) {
	t.Helper()
	harness.Eventually(t, 2*time.Minute, func() error {
		if out, _ := c.command(t, "kubectl", "", args...); strings.TrimSpace(out) != want {
			return fmt.Errorf("kubectl %v: got %q, want %q", args, out, want)
		}
		return nil
	})
}

// freePort returns a port of loopback that nothing listens on. The programs cannot be told to choose one themselves.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
