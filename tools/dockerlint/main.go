// Command dockerlint holds a Dockerfile to BuildKit's own rules, as "docker build --check" does, without an engine. Base images
// are not looked up: each is taken for one without settings. It prints what is wrong and exits 1 then.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	specs "github.com/opencontainers/image-spec/specs-go/v1"
)

// bare answers for every base image.
type bare struct{}

// ResolveImageConfig implements llb.ImageMetaResolver.
func (bare) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, err := json.Marshal(specs.Image{Platform: specs.Platform{OS: "linux", Architecture: "amd64"}})
	return ref, digest.FromString(ref), config, err
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: dockerlint DOCKERFILE [TARGET...]")
		os.Exit(2)
	}
	wrong, err := check(context.Background(), os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "dockerlint:", err)
	}
	if err != nil || wrong {
		os.Exit(1)
	}
}

// check lints a file, and plans the build of its last stage and of each target.
func check(ctx context.Context, file string, targets []string) (wrong bool, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	for _, target := range append([]string{""}, targets...) {
		options := dockerfile2llb.ConvertOpt{MetaResolver: bare{}, SourceMap: llb.NewSourceMap(nil, file, "Dockerfile", text)}
		options.SourceMap.Definition = &llb.Definition{} // what warnings point into
		options.Target = target
		caps := pb.Caps.CapSet(pb.Caps.All())
		options.LLBCaps = &caps
		results, err := dockerfile2llb.DockerfileLint(ctx, text, options)
		if err != nil {
			return wrong, fmt.Errorf("lint %s: %w", file, err)
		}
		if len(results.Warnings) > 0 || results.Error != nil {
			wrong = true
			if err := results.PrintTo(os.Stdout, nil); err != nil {
				return wrong, fmt.Errorf("print warnings: %w", err)
			}
		}
		if _, err := dockerfile2llb.Dockerfile2LLB(ctx, text, options); err != nil {
			return wrong, fmt.Errorf("plan target %q of %s: %w", target, file, err)
		}
	}
	return wrong, nil
}
