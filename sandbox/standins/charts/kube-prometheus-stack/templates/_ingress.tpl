{{- /* Spec of an Ingress: root, values (of the ingress), paths, service, port. */}}
{{- define "standin.ingressSpec" -}}
{{- $given := . }}
{{- with .values.ingressClassName }}
ingressClassName: {{ . }}
{{- end }}
rules:
  {{- range $host := .values.hosts }}
  - host: {{ tpl $host $given.root | quote }}
    http:
      paths:
        {{- range $path := $given.paths }}
        - path: {{ $path }}
          pathType: {{ default "ImplementationSpecific" $given.values.pathType }}
          backend:
            service:
              name: {{ $given.service }}
              port:
                number: {{ $given.port }}
        {{- end }}
  {{- else }}
  {{- fail "the stand-in chart makes no Ingress without hosts" }}
  {{- end }}
{{- with .values.tls }}
tls:
  {{- tpl (toYaml .) $given.root | nindent 2 }}
{{- end }}
{{- end }}
