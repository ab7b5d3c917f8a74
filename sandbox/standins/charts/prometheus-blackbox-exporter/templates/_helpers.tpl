{{- define "standin.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "standin.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "standin.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* metadata of every object: list of root, more labels, annotations. */}}
{{- define "standin.metadata" -}}
{{- $root := index . 0 }}
name: {{ $root.Release.Name }}
namespace: {{ default $root.Release.Namespace $root.Values.namespaceOverride }}
labels:
  {{- mergeOverwrite (include "standin.labels" $root | fromYaml) (index . 1) | toYaml | nindent 2 }}
annotations:
  {{- mergeOverwrite (dict) (index . 2) (dict "belfry.dev/stand-in" "true") | toYaml | nindent 2 }}
{{- end }}
