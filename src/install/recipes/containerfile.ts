import { installFlags, type Recipe, RecipeError } from "./recipe.ts";

export const containerfile: Recipe = {
  name: "containerfile",
  summary: "an instruction of a Containerfile or Dockerfile, such as that of a bootc image",
  text(order) {
    if (order.file.startsWith("/") || order.file.split("/").includes("..")) {
      throw new RecipeError(
        `"${order.file}" is outside of the build's context: give a path that begins there, such as guestwire`,
      );
    }
    return `# Into the Containerfile of a system image (bootc or another), behind its packages. The file has to be executable.
RUN --mount=type=bind,source=${order.file},target=/run/guestwire \\
    echo "${order.sha256}  /run/guestwire" | sha256sum -c - && \\
    /run/guestwire install --no-start${installFlags(order)}
`;
  },
};
