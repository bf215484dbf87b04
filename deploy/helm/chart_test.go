//go:build chart

package helm_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/test/harness"
)

func TestEveryValueSetPassesHelmsLint(t *testing.T) {
	for name, file := range valueSets(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := run(t, "helm", "lint", "--strict", chart, "--values", file); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestTheSchemaKnowsTheKeysOfTheConfiguration gives the chart what config.example.yml has: every key.
func TestTheSchemaKnowsTheKeysOfTheConfiguration(t *testing.T) {
	config := readYAML[map[string]any](t, "../../config.example.yml")
	delete(config, "projects")
	values, err := yaml.Marshal(map[string]any{"config": config})
	if err != nil {
		t.Fatal(err)
	}
	render(t, harness.WriteFile(t, "values.yaml", string(values)), "--set", "projects[0].name=web,keys.existingSecret=k")
}

// TestNullRemovesADefault sets each map of the values to null in turn, then everything of a section but whether it is enabled, and
// then every section.
func TestNullRemovesADefault(t *testing.T) {
	var maps, leaves, sections []string
	var walk func(prefix string, section map[string]any)
	walk = func(prefix string, section map[string]any) {
		for key, value := range section {
			child, isMap := value.(map[string]any)
			if isMap {
				maps = append(maps, prefix+key+"=null")
				walk(prefix+key+".", child)
			} else if key != "enabled" && key != "projects" {
				leaves = append(leaves, prefix+key+"=null")
			}
			if prefix == "" && key != "projects" {
				sections = append(sections, key+"=null")
			}
		}
	}
	walk("", readYAML[map[string]any](t, valuesFile))
	for _, set := range append(maps, strings.Join(leaves, ","), strings.Join(sections, ",")) {
		t.Run(harness.Cut(set, 40), func(t *testing.T) {
			t.Parallel()
			if all := render(t, chart+"/ci/full-values.yaml", "--set", set); len(all) < 4 {
				t.Errorf("there are only %d objects", len(all))
			}
		})
	}
}

func TestBadValuesAreRefusedWithWhatIsWrong(t *testing.T) {
	const web = "projects[0].name=web,keys.existingSecret=k"
	for set, want := range map[string]string{
		"":                                    "nothing to poll: set projects",
		"projects[0].name=web":                "web has no key: give it apiKeySecret, apiKeyFile or apiKey, or set keys.existingSecret",
		"projects[0].key=x":                   "missing property 'name'",
		web + ",replicaCount=2":               "additional properties 'replicaCount' not allowed",
		web + ",projects[0].api_key_file=x":   "additional properties 'api_key_file' not allowed",
		web + ",projects[0].labels.project=x": "project",
		web + ",projects[0].apiKey=a,projects[0].apiKeyFile=/a":                              "web: apiKey and apiKeyFile exclude each other",
		web + ",projects[1].name=web":                                                        `the name "web" is there twice`,
		web + ",projects[1].name=a b":                                                        `no entry of keys.existingSecret can be called "a b": give the project an apiKeySecret`,
		"projects[0].name=web,projects[0].apiKeySecret.key=a":                                "apiKeySecret needs the name of a Secret",
		web + ",demo=true":                                                                   "projects and demo exclude each other",
		web + ",configFrom.text=a,configFrom.secret=b":                                       "configFrom.text and configFrom.secret and projects exclude each other",
		"configFrom.configMap=a,config.global.concurrency=2":                                 "config needs projects beside it",
		web + ",config.global.poll_interval=hourly":                                          "config/global/poll_interval",
		web + ",config.global.interval=1h":                                                   "additional properties 'interval' not allowed",
		web + ",config.api.rate_limit.per_10s=11":                                            "maximum: got 11, want 10",
		web + ",config.report.overflow=wrap":                                                 "value must be one of 'fold', 'drop', 'fail'",
		web + ",config.report.columns.ds.role=date":                                          "value must be one of 'label', 'value', 'time', 'ignore'",
		web + ",shards=0":                                                                    "minimum: got 0, want 1",
		web + ",shards=2,storage.persistent=true,storage.existingClaim=c":                    "storage.existingClaim is for one shard",
		web + ",storage.existingClaim=c":                                                     "storage.existingClaim needs storage.persistent=true",
		web + ",storage.persistent=true,storage.existingClaim=c,strategy.type=RollingUpdate": "strategy.type must be Recreate",
		web + ",storage.size=lots":                                                           "storage/size",
		web + ",storage.accessModes[0]=ReadOnlyMany":                                         "value must be one of 'ReadWriteOnce'",
		web + ",image.digest=latest":                                                         "image/digest",
		web + ",web.port=70000":                                                              "maximum: got 70,000, want 65,535",
		web + ",web.probePort=10782":                                                         "web.port and web.probePort must differ",
		web + ",web.telemetryPath=metrics":                                                   "web/telemetryPath",
		web + ",web.existingSecret=a,web.config.basic_auth_users.a=b":                        "web.config and web.existingSecret exclude each other",
		web + ",resources.limits.memory=1GB":                                                 "1GB has no unit such as Mi or Gi",
		web + ",goMemLimit=most":                                                             "goMemLimit",
		web + ",log.level=trace":                                                             "value must be one of 'debug', 'info', 'warn', 'error'",
		web + ",serviceMonitor.enabled=true,podMonitor.enabled=true":                         "serviceMonitor and podMonitor exclude each other",
		web + ",shards=2,serviceMonitor.perProject=true":                                     "serviceMonitor.perProject is for one shard",
		"demo=true,serviceMonitor.perProject=true":                                           "serviceMonitor.perProject needs projects",
		web + ",configReloader.enabled=true,web.config.basic_auth_users.a=b":                 "configReloader cannot log in",
		"demo=true,configReloader.enabled=true":                                              "there is no configuration to reload",
		web + ",prometheusRule.enabled=true,prometheusRule.disabled[0]=Nonsense":             "there is no rule Nonsense; there are ",
		web + ",shards=2,kubeVersionOverride=1.27.3":                                         "shards need Kubernetes 1.28",
		web + ",prometheusRule.runbookBase=docs":                                             "prometheusRule/runbookBase",
	} {
		_, err := template(t, "--set", set)
		if err == nil || !strings.Contains(strings.Join(strings.Fields(err.Error()), " "), want) {
			t.Errorf("--set %q: got %v, want %q", set, err, want)
		}
	}
}
