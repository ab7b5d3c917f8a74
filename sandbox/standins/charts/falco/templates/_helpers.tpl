{{- define "standin.selector" -}}
app.kubernetes.io/name: falco
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* metadata of an object of Falco: root; optional name, labels. */}}
{{- define "standin.metadata" -}}
name: {{ default .root.Release.Name .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
  {{- include "standin.selector" .root | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  belfry.dev/stand-in: "true"
{{- end }}

{{- define "standin.sideselector" -}}
app.kubernetes.io/name: falcosidekick
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- /* Labels of an object of falcosidekick: root; optional component. */}}
{{- define "standin.sidelabels" -}}
{{- $pin := get (.root.Files.Get "subcharts.yaml" | fromYaml) "falcosidekick" -}}
helm.sh/chart: falcosidekick-{{ $pin.version }}
{{ include "standin.sideselector" .root }}
app.kubernetes.io/version: {{ $pin.appVersion | quote }}
app.kubernetes.io/part-of: falcosidekick
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{- /* metadata of an object of falcosidekick: root; optional suffix of its name, component. */}}
{{- define "standin.sidemetadata" -}}
name: {{ .root.Release.Name }}-falcosidekick{{ .suffix }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "standin.sidelabels" . | nindent 2 }}
annotations:
  belfry.dev/stand-in: "true"
{{- end }}

{{- /* Image: registry, repository, tag. */}}
{{- define "standin.image" -}}
{{ .registry }}/{{ .repository }}:{{ .tag }}
{{- end }}
