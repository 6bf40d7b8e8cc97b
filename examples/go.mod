module github.com/whatspie-go/whatspie/examples

go 1.25.0

require (
	github.com/stretchr/testify v1.12.1
	github.com/whatspie-go/whatspie v0.0.0
	go.uber.org/goleak v1.3.0
	golang.org/x/term v0.37.0
)

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/sys v0.38.0 // indirect
	rsc.io/qr v0.2.0 // indirect
)

replace github.com/whatspie-go/whatspie => ../
