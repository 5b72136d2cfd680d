"""Train the denoiser of a tiny image pipeline and save the pipeline (torch)."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

from tests.cards.make_fixtures.keep import keep, workplace


def train_pipeline(folder: Path) -> None:
    """Train two steps on random pictures of 8 by 8 pixels."""
    denoiser = UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        norm_num_groups=2,
        block_out_channels=(4, 8),
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        add_attention=False,
    )
    scheduler = DDPMScheduler(num_train_timesteps=50)
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=1e-3)
    for _ in range(2):
        pictures = torch.rand(4, 1, 8, 8)
        noise = torch.randn_like(pictures)
        steps = torch.randint(0, 50, (4,))
        guess = denoiser(scheduler.add_noise(pictures, noise, steps), steps).sample
        torch.nn.functional.mse_loss(guess, noise).backward()
        optimizer.step()
        optimizer.zero_grad()
    DDPMPipeline(unet=denoiser, scheduler=scheduler).save_pretrained(folder)


if __name__ == "__main__":
    torch.manual_seed(42)
    with workplace():
        train_pipeline(Path("pipeline"))
        keep(Path("pipeline"), "diffusers-pipeline", "diffusers", "torch")
