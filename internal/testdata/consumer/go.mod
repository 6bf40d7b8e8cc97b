module example.com/consumer

go 1.25.0

require github.com/whatspie-go/whatspie v0.0.0

require (
	github.com/hashicorp/go-cleanhttp v0.5.2 // indirect
	github.com/hashicorp/go-retryablehttp v0.7.8 // indirect
	rsc.io/qr v0.2.0 // indirect
)

replace github.com/whatspie-go/whatspie => ../../../
