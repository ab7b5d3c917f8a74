{{- define "standin.selector" -}}
app.kubernetes.io/name: alloy
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* metadata of an object named alloy: root; optional component, labels, global (no namespace). */}}
{{- define "standin.metadata" -}}
name: alloy
{{- if not .global }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
  {{- include "standin.selector" .root | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  app.kubernetes.io/part-of: alloy
  {{- with .component }}
  app.kubernetes.io/component: {{ . }}
  {{- end }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  belfry.dev/stand-in: "true"
{{- end }}
