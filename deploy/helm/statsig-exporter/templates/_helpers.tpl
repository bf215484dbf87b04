{{- define "se.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Room is left for the suffixes of other objects, and for a StatefulSet's hash and index. */ -}}
{{- define "se.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 45 | trimSuffix "-" }}
{{- end }}

{{- define "se.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- define "se.identity" -}}
app.kubernetes.io/name: {{ include "se.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* Selects the exporter's pods, not the test's. */ -}}
{{- define "se.selector" -}}
{{ include "se.identity" . }}
app.kubernetes.io/component: exporter
{{- end }}

{{- /* The identity comes last: it must not be replaced. */ -}}
{{- define "se.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-")
  "app.kubernetes.io/version" (.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/part-of" (include "se.name" .)
  "app.kubernetes.io/managed-by" .Release.Service -}}
{{- toYaml (mergeOverwrite $own (deepCopy .Values.commonLabels) (include "se.identity" . | fromYaml)) }}
{{- end }}

{{- /* The metadata of an object. A list of the root, a suffix of its name, and a map that may have name, namespace, labels, annotations and component. */ -}}
{{- define "se.metadata" -}}
{{- $root := index . 0 -}}
{{- $more := dict -}}
{{- if gt (len .) 2 }}{{ $more = index . 2 }}{{ end -}}
{{- $labels := mergeOverwrite (deepCopy (default dict $more.labels)) (include "se.labels" $root | fromYaml) -}}
{{- with $more.component }}{{ $labels = set $labels "app.kubernetes.io/component" . }}{{ end -}}
name: {{ default (print (include "se.fullname" $root) (index . 1)) $more.name }}
namespace: {{ default (include "se.namespace" $root) $more.namespace }}
labels:
  {{- toYaml $labels | nindent 2 }}
{{- with mergeOverwrite (deepCopy $root.Values.commonAnnotations) (default dict $more.annotations) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* A list of the root, an image and the tag it has by default. */ -}}
{{- define "se.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- with default $image.registry $root.Values.global.imageRegistry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ default (index . 2) $image.tag }}{{ end -}}
{{- end }}

{{- define "se.pullSecrets" -}}
{{- with concat .Values.global.imagePullSecrets .Values.image.pullSecrets | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "se.serviceAccount" -}}
{{- default (ternary (include "se.fullname" .) "default" (not (empty .Values.serviceAccount.create))) .Values.serviceAccount.name }}
{{- end }}

{{- /* The version of Kubernetes: what helm template assumes may be another. */ -}}
{{- define "se.kubeVersion" -}}
{{- default .Capabilities.KubeVersion.Version .Values.kubeVersionOverride }}
{{- end }}

{{- /* The prefix of all paths, without a slash at its end. */ -}}
{{- define "se.prefix" -}}
{{- default (urlParse (default "" .Values.web.externalUrl)).path .Values.web.routePrefix | trimSuffix "/" }}
{{- end }}

{{- /* Where people reach the exporter, without a slash at the end: the best that the values know. */ -}}
{{- define "se.url" -}}
{{- $url := printf "%s://%s.%s.svc:%v%s" (include "se.scheme" .) (include "se.fullname" .) (include "se.namespace" .) .Values.service.port (include "se.prefix" .) -}}
{{- if and .Values.httpRoute.enabled .Values.httpRoute.hostnames }}{{ $url = printf "https://%s%s" (first .Values.httpRoute.hostnames) (include "se.prefix" .) }}{{ end -}}
{{- if and .Values.ingress.enabled .Values.ingress.hosts -}}
  {{- $host := first .Values.ingress.hosts -}}
  {{- $url = printf "%s://%s%s" (ternary "https" "http" (not (empty .Values.ingress.tls))) $host.host (first $host.paths).path -}}
{{- end -}}
{{- default $url .Values.web.externalUrl | trimSuffix "/" }}
{{- end }}

{{- define "se.scheme" -}}
{{- default (ternary "https" "http" (hasKey .Values.web.config "tls_server_config")) .Values.web.scheme }}
{{- end }}

{{- define "se.hasClaimTemplate" -}}
{{- if and .Values.storage.enabled .Values.storage.persistent (not .Values.storage.existingClaim) }}true{{ end }}
{{- end }}

{{- define "se.kind" -}}
{{- if or (gt (int .Values.shards) 1) (include "se.hasClaimTemplate" .) }}StatefulSet{{ else }}Deployment{{ end }}
{{- end }}

{{- /* Nine tenths of a quantity, in bytes. */ -}}
{{- define "se.nineTenths" -}}
{{- $number := regexFind "^[0-9.]+([eE][+]?[0-9]+)?" . -}}
{{- $unit := trimPrefix $number . -}}
{{- $factors := dict "" 1 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 -}}
{{- if not (hasKey $factors $unit) }}{{ fail (printf "resources.limits.memory: %s has no unit such as Mi or Gi; set goMemLimit yourself" .) }}{{ end -}}
{{- mulf (float64 $number) (index $factors $unit) 0.9 | int64 }}
{{- end }}
