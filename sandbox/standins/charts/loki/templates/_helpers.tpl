{{- define "standin.selector" -}}
app.kubernetes.io/name: loki
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* metadata: root, name; optional labels, global (no namespace). */}}
{{- define "standin.metadata" -}}
name: {{ .name }}
{{- if not .global }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
  {{- include "standin.selector" .root | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  belfry.dev/stand-in: "true"
{{- end }}

{{- /* What the real chart refuses, and what only the real one can do. */}}
{{- define "standin.check" -}}
{{- if not (has .Values.deploymentMode (list "Monolithic" "SingleBinary")) }}
{{- fail (printf "the stand-in chart %s cannot render deploymentMode %s, the real chart can" .Chart.Name .Values.deploymentMode) }}
{{- end }}
{{- if ne .Values.loki.storage.type "filesystem" }}
{{- fail (printf "the stand-in chart %s cannot render loki.storage.type %s, the real chart can" .Chart.Name .Values.loki.storage.type) }}
{{- end }}
{{- if not .Values.loki.schemaConfig }}{{ fail "loki.schemaConfig is missing: Loki does not start without a schema" }}{{ end }}
{{- if ne (int .Values.singleBinary.replicas) 1 }}
{{- fail "singleBinary.replicas must be 1: a file system belongs to one Loki" }}
{{- end }}
{{- end }}
