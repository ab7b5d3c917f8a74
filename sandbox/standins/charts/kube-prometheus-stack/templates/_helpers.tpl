{{- /* Name of this chart in labels. */}}
{{- define "standin.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- /* Start of all object names; the real chart cuts it to 26 characters. */}}
{{- define "standin.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $full := .Release.Name }}
{{- if not (contains $name .Release.Name) }}{{ $full = printf "%s-%s" .Release.Name $name }}{{ end }}
{{- default $full .Values.fullnameOverride | trunc 26 | trimSuffix "-" }}
{{- end }}

{{- define "standin.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{- /* Name of a custom resource: list of root and "prometheus" or "alertmanager". */}}
{{- define "standin.crname" -}}
{{- $root := index . 0 }}
{{- include "standin.fullname" $root }}{{ if not $root.Values.cleanPrometheusOperatorObjectNames }}-{{ index . 1 }}{{ end }}
{{- end }}

{{- /* Name of a subchart's objects: list of root and the subchart's name. */}}
{{- define "standin.subname" -}}
{{- $root := index . 0 }}
{{- $name := index . 1 }}
{{- default (printf "%s-%s" $root.Release.Name $name) (index $root.Values $name).fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* metadata: root, name; optional namespace, component (end of label "app"), labels, annotations. */}}
{{- define "standin.metadata" -}}
{{- $chart := include "standin.name" .root }}
{{- $labels := dict
  "app" (ternary (printf "%s-%s" $chart (default "" .component)) $chart (not (empty .component)))
  "app.kubernetes.io/managed-by" .root.Release.Service
  "app.kubernetes.io/instance" .root.Release.Name
  "app.kubernetes.io/version" .root.Chart.Version
  "app.kubernetes.io/part-of" $chart
  "chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version)
  "release" .root.Release.Name
  "heritage" .root.Release.Service }}
{{- include "standin.metadataOf" (dict "given" . "labels" (mergeOverwrite $labels .root.Values.commonLabels (default dict .labels))) }}
{{- end }}

{{- /* metadata of a subchart's object: root, subchart, name; optional namespace, labels, annotations. */}}
{{- define "standin.submetadata" -}}
{{- $labels := include "standin.sublabels" . | fromYaml }}
{{- include "standin.metadataOf" (dict "given" . "labels" (mergeOverwrite $labels (default dict .labels))) }}
{{- end }}

{{- define "standin.metadataOf" -}}
name: {{ .given.name }}
{{- with .given.namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- toYaml .labels | nindent 2 }}
annotations:
  {{- mergeOverwrite (dict) (default dict .given.annotations) (dict "belfry.dev/stand-in" "true") | toYaml | nindent 2 }}
{{- end }}

{{- /* Labels of a subchart's objects: root, subchart. */}}
{{- define "standin.sublabels" -}}
{{- $pin := index (.root.Files.Get "subcharts.yaml" | fromYaml) .subchart }}
{{- $values := index .root.Values .subchart }}
helm.sh/chart: {{ .subchart }}-{{ $pin.version }}
app.kubernetes.io/name: {{ .subchart }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ default $pin.appVersion $values.image.tag | quote }}
{{- if ne .subchart "grafana" }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/component: metrics
app.kubernetes.io/part-of: {{ .subchart }}
{{- if $values.releaseLabel }}
release: {{ .root.Release.Name }}
{{- end }}
{{- end }}
{{- end }}

{{- define "standin.subselector" -}}
app.kubernetes.io/name: {{ .subchart }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- /* Image: root, image (registry, repository, tag, sha); optional tag for where image.tag is empty. */}}
{{- define "standin.image" -}}
{{- default .image.registry .root.Values.global.imageRegistry }}/{{ .image.repository }}:{{ default .tag .image.tag }}
{{- with .image.sha }}@sha256:{{ . }}{{ end }}
{{- end }}

{{- /* The keys (a string, separated by spaces) of a map that are set to something, as YAML. */}}
{{- define "standin.copy" -}}
{{- $from := .from }}
{{- $set := dict }}
{{- range splitList " " .keys }}
{{- if get $from . }}{{ $_ := set $set . (get $from .) }}{{ end }}
{{- end }}
{{- with $set }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /* The same for keys whose zero and false mean something. */}}
{{- define "standin.keep" -}}
{{- $from := .from }}
{{- $set := dict }}
{{- range splitList " " .keys }}
{{- if and (hasKey $from .) (not (kindIs "invalid" (get $from .))) }}{{ $_ := set $set . (get $from .) }}{{ end }}
{{- end }}
{{- with $set }}{{ toYaml . }}{{ end }}
{{- end }}

{{- /* Options of a ServiceMonitor's endpoint, from the values of that monitor. */}}
{{- define "standin.endpoint" -}}
{{- include "standin.copy" (dict "from" . "keys" "interval scrapeTimeout proxyUrl metricRelabelings relabelings") }}
{{- end }}

{{- define "standin.limits" -}}
{{- include "standin.copy" (dict "from" . "keys" "sampleLimit targetLimit labelLimit labelNameLengthLimit labelValueLengthLimit") }}
{{- end }}

{{- /* Affinity of Prometheus and Alertmanager: spec, labels (list of name and value). */}}
{{- define "standin.affinity" -}}
{{- $terms := list }}
{{- range .labels }}{{ $terms = append $terms (dict "key" (first .) "operator" "In" "values" (rest .)) }}{{ end }}
{{- $term := dict "topologyKey" .spec.podAntiAffinityTopologyKey "labelSelector" (dict "matchExpressions" $terms) }}
{{- $affinity := deepCopy .spec.affinity }}
{{- if eq .spec.podAntiAffinity "hard" }}
{{- $_ := set $affinity "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term)) }}
{{- else if eq .spec.podAntiAffinity "soft" }}
{{- $_ := set $affinity "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term))) }}
{{- end }}
{{- with $affinity }}{{ toYaml . }}{{ end }}
{{- end }}
