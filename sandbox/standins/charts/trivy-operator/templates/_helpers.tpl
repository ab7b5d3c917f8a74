{{- /* Start of object names; the real chart's rule. */}}
{{- define "standin.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- $full := .Release.Name }}
{{- if not (contains $name .Release.Name) }}{{ $full = printf "%s-%s" .Release.Name $name }}{{ end }}
{{- default $full .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "standin.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "standin.serverSelector" -}}
app.kubernetes.io/name: trivy-server
app.kubernetes.io/instance: trivy-server
{{- end }}

{{- /* metadata: root, name; optional labels, annotations; cluster: true for an object without a namespace. */}}
{{- define "standin.metadata" -}}
name: {{ .name }}
{{- if not .cluster }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- if .labels }}
  {{- .labels | nindent 2 }}
  {{- else }}
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
  {{- include "standin.selector" .root | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Values.managedBy }}
  {{- end }}
annotations:
  {{- mergeOverwrite (dict) (default dict .annotations) (dict "belfry.dev/stand-in" "true") | toYaml | nindent 2 }}
{{- end }}

{{- /* An image of the values: root, image (registry, repository, tag); optional tag for where image.tag is empty. */}}
{{- define "standin.image" -}}
{{- default .image.registry .root.Values.global.image.registry }}/{{ .image.repository }}:{{ default .tag .image.tag }}
{{- end }}
