module github.com/whatspie-go/whatspie/bench

go 1.25.0

replace github.com/whatspie-go/whatspie => ../

require (
	github.com/goccy/go-json v0.12.0
	github.com/google/pprof v0.0.0-20250403155104-27863c87afa6
	github.com/hashicorp/go-retryablehttp v0.7.8
	github.com/segmentio/encoding v0.5.4
	github.com/stretchr/testify v1.12.1
	github.com/whatspie-go/whatspie v0.0.0
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/segmentio/asm v1.1.3 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.20.0 // indirect
	rsc.io/qr v0.2.0 // indirect
)
