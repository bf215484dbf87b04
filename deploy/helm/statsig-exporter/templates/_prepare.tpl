{{- /* Fills in the values that templates read without asking whether they exist: a user removes a default with null, which leaves nothing.
An empty value is filled in too, so no default stands here for a value that may be empty. */ -}}
{{- define "se.prepare" -}}
{{- $_ := merge .Values (include "se.least" . | fromYaml) -}}
{{- end }}

{{- define "se.least" -}}
commonLabels: {}
commonAnnotations: {}
global: {imagePullSecrets: []}
image: {repository: statsig_exporter, pullPolicy: IfNotPresent, pullSecrets: []}
projects: []
keys: {}
config: {}
configFrom: {key: statsig_exporter.yml}
log: {level: info, format: logfmt}
web: {port: 10782, probePort: 10783, telemetryPath: /metrics, config: {}}
shards: 1
storage: {size: 1Gi, accessModes: [ReadWriteOnce], labels: {}, retentionPolicy: {whenDeleted: Retain, whenScaled: Retain}}
tmp: {sizeLimit: 4Gi}
resources: {}
strategy: {type: Recreate}
updateStrategy: {type: RollingUpdate}
podLabels: {}
configReloader: {image: {repository: prometheus-operator/prometheus-config-reloader, tag: v0.85.0, pullPolicy: IfNotPresent}}
serviceAccount: {}
service: {type: ClusterIP, port: 10782}
ingress: {}
httpRoute: {}
networkPolicy: {ports: [443]}
podDisruptionBudget: {}
serviceMonitor: {interval: 1m, relabelings: []}
podMonitor: {}
prometheusRule: {disabled: [], overrides: {}, alertLabels: {}, extraGroups: []}
dashboards: {}
test: {image: {repository: curlimages/curl, tag: 8.17.0, pullPolicy: IfNotPresent}, timeout: 120, curlArgs: []}
{{- end }}
